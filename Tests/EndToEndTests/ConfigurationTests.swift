import Foundation
import JSONText
import Testing

/// `macie-brokerd --check`: what would run, or what is wrong and where.
@Suite struct ConfigurationTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    private func check(_ configuration: String?, _ more: [String] = [], environment: [String: String] = [:]) throws
        -> Outcome
    {
        try BrokerProcess.run(
            configuration: configuration, in: workplace, arguments: ["--check"] + more, environment: environment)
    }

    @Test func `--check prints what would run, and runs nothing`() throws {
        let keys = try workplace.writeCredentials()
        let checked = try check(
            """
            cacheSeconds: 5
            socketMode: "0660"
            profiles:
              audit:
                region: eu-west-1
                credentials: {source: shared-files, credentialsFile: \(keys.credentials), configFile: \(keys.config)}
              local:
                endpoint: http://127.0.0.1:5000
                credentials: {source: environment}
            grants:
              - name: auditors read the session
                users: [root, "4711"]
                groups: ["4712"]
                actions: ["macie2:GetMacieSession"]
                profiles: [audit]
            """)
        #expect(checked.status == 0, "\(checked)")
        #expect(checked.err.isEmpty)
        for line in [
            "mode 0660", "cache          5.0 s, 256 answers", "profile        audit", "  region       eu-west-1",
            "  endpoint     https://macie2.eu-west-1.amazonaws.com", "  credentials  shared-files, found",
            "profile        local", "  region       none: requests must name one",
            "  endpoint     http://127.0.0.1:5000",
            "  credentials  environment, NOT FOUND", "grant          auditors read the session (",
            "group 4712, user 4711, user root",
            "  actions      macie2:GetMacieSession", "  profiles     audit", "  regions      those of each profile",
        ] { #expect(checked.out.contains(line), "\(line) is not in:\n\(checked.out)") }
        let socket = try #require(checked.out.firstMatch(of: #/socket +(\S+)/#)?.1)
        #expect(!FileManager.default.fileExists(atPath: String(socket)))
    }

    @Test func `--check remarks on rules that say what was hardly meant, and is content`() throws {
        let checked = try check(
            """
            mode: observe
            profiles: {audit: {region: us-east-1}}
            grants:
              - {name: typo, users: [root], actions: ["macie2:GetMacieSession"], profiles: [adit]}
              - {name: wide, users: [root], actions: ["macie2:*"], executables: [/nowhere/at/all], maxAgeAtLeast: 60}
              - {name: taken back, groups: [root], actions: ["macie2:Get*"], notAfter: 9999-12-31T23:59:59Z}
            denies:
              - {name: nobody, users: ["*"], actions: ["*"], profiles: [audit], units: ["*"]}
              - {name: no root, groups: [root], actions: ["macie2:*"]}
            """)
        #expect(checked.status == 0, "\(checked)")
        for line in [
            "mode           observe: nothing is refused", "deny           nobody (", "  units        *",
            "  executables  /nowhere/at/all", "  maxAge       60 s at least", "  until        9999-12-31T23:59:59Z",
        ] { #expect(checked.out.contains(line), "\(line) is not in:\n\(checked.out)") }
        let notes = checked.out.split(separator: "\n").filter { $0.hasPrefix("NOTE") }
        #expect(notes.count == 4, "\(checked.out)")
        for (note, (rule, problem)) in zip(
            notes,
            [
                ("grant typo (", "can never match: no such profile is configured"),
                ("grant wide (", "can never match: there is no /nowhere/at/all on this host"),
                ("grant wide (", "allows more than reading: macie2:* "),
                ("grant taken back (", "never allows anything: all of it is denied by no root"),
            ])
        {
            #expect(note.contains(rule) && note.contains(problem), "\(note)")
        }
    }

    @Test func `serve is what it does when nothing else is said`() throws {
        let named = try BrokerProcess.run(configuration: nil, in: workplace, arguments: ["serve", "--check"])
        #expect(named.status == 0, "\(named)")
        #expect(named.out.contains("configuration  none"))
        let help = try BrokerProcess.run(configuration: nil, in: workplace, arguments: ["serve", "--help"])
        #expect(help.out.contains("--socket <path>"), "\(help)")
    }

    @Test func `without a configuration it says what holds then`() throws {
        let checked = try check(nil)
        #expect(checked.status == 0, "\(checked)")
        #expect(checked.out.contains("configuration  none"))
        #expect(checked.out.contains("profile        default"))
        #expect(checked.out.contains("the broker's own user"))
    }

    @Test func `a configuration without grants is told to refuse everybody`() throws {
        #expect(try check("grants: []").out.contains("every request will be refused"))
        #expect(try check("").out.contains("every request will be refused"))
    }

    @Test(arguments: [
        // Unknown keys, at each level.
        ("cacheSeconds: 5\ncacheSecond: 5\n", "2:1", "unknown key cacheSecond"),
        ("http:\n  connectSecond: 1\n", "2:3", "unknown key connectSecond in http"),
        ("limits:\n  idleSeconds: 5\n  idle: 5\n", "3:3", "unknown key idle in limits"),
        ("profiles:\n  a:\n    regoin: us-east-1\n", "3:5", "unknown key regoin in profiles.a"),
        (
            "profiles:\n  a:\n    credentials: {sauce: environment}\n", "3:19",
            "unknown key sauce in profiles.a.credentials"
        ),
        (
            "grants:\n  - {name: x, users: [root], actions: [\"*\"], user: root}\n", "2:46",
            "unknown key user in grants[0]"
        ),
        // Wrong types and values.
        ("cacheSeconds: soon\n", "1:15", "cacheSeconds must be a number of seconds"),
        ("cacheSeconds: -1\n", "1:15", "cacheSeconds must be a number of seconds"),
        ("cacheSeconds: .nan\n", "1:15", "cacheSeconds must be a number of seconds"),
        ("cacheEntries: 1.5\n", "1:15", "cacheEntries must be a whole number"),
        ("limits: 5\n", "1:9", "limits must be a mapping"),
        ("limits: {connections: 0}\n", "1:23", "limits.connections must be a whole number from 1"),
        ("logLevel: loud\n", "1:11", "logLevel must be one of"),
        ("allowInsecureEndpoint: maybe\n", "1:24", "must be true or false"),
        ("socketMode: \"0999\"\n", "1:13", "socketMode must be octal"),
        ("socketMode: \"0066\"\n", "1:13", "socketMode must be octal"),
        ("socket: relative.sock\n", "1:9", "the path must be absolute"),
        ("profiles: {}\n", "1:11", "profiles must name at least one"),
        ("profiles:\n  \"a b\": {}\n", "2:3", "a name has 1 to 64 of"),
        ("profiles:\n  a: {region: Virginia}\n", "2:15", "Virginia is not the name of a region"),
        ("profiles:\n  a: {credentials: {source: thin-air}}\n", "2:29", "source must be one of default, environment"),
        ("grants:\n  a: b\n", "2:3", "grants must be a list"),
        ("grants: [{name: x, users: [root]}]\n", "1:10", "it must name actions"),
        ("grants: [{name: x, actions: [\"*\"]}]\n", "1:10", "it must name users or groups"),
        ("grants: [{name: x, users: [], actions: [\"*\"]}]\n", "1:27", "must not be empty"),
        ("- profiles\n", "1:1", "the file must be a mapping"),
        // Who is not there.
        ("grants: [{name: x, users: [nosuchuser], actions: [\"*\"]}]\n", "1:28", "this host has no user nosuchuser"),
        (
            "grants: [{name: x, groups: [nosuchgroup], actions: [\"*\"]}]\n", "1:29",
            "this host has no group nosuchgroup"
        ),
        ("socketGroup: nosuchgroup\n", "1:14", "this host has no group nosuchgroup"),
        // Not YAML, or not only once.
        ("cacheSeconds: 5\ncacheEntries: 6\ncacheSeconds: 7\n", "1:1", "the same key twice: cacheSeconds"),
        ("profiles: [\n", "2:1", "not YAML"),
        ("cacheSeconds: 5\n\tcacheEntries: 5\n", "2:1", "not YAML"),
    ])
    func `what is wrong is told with its file, line and column`(yaml: String, place: String, says: String) throws {
        let refused = try check(yaml)
        #expect(refused.status == 78, "\(refused)")
        #expect(refused.out.isEmpty)
        let told = refused.err.firstMatch(of: #/^macie-brokerd: (\S+\.yaml):(\d+:\d+): (.*)\n$/#)
        #expect(told.map { String($0.2) } == place, "\(refused.err)")
        #expect(refused.err.contains(says), "\(refused.err)")
    }

    @Test func `a broker does not start with a wrong configuration`() throws {
        let refused = try BrokerProcess.run(configuration: "cacheSecond: 5\n", in: workplace)
        #expect(refused.status == 78, "\(refused)")
        #expect(refused.out.isEmpty)
    }

    @Test(arguments: [0o664, 0o646, 0o666] as [mode_t])
    func `a configuration that others may write to is not obeyed`(mode: mode_t) throws {
        let file = try workplace.write("broker.yaml", "grants: []", mode: mode)
        let refused = try check(nil, ["--config", file])
        #expect(refused.status == 78, "\(refused)")
        #expect(refused.err.contains("others may write to it"))
        #expect(refused.err.contains("chmod go-w \(file)"))
    }

    @Test func `a configuration that is not there, or is no file, is told`() throws {
        #expect(try check(nil, ["--config", "/nowhere.yaml"]).err.contains("/nowhere.yaml: cannot be read"))
        #expect(try check(nil, ["--config", "/nowhere.yaml"]).status == 78)
        #expect(try check(nil, ["--config", workplace.path]).status == 78)
    }

    @Test func `plain http is for this host, unless the configuration says otherwise`() throws {
        let far = "profiles: {default: {region: us-east-1, endpoint: \"http://192.0.2.1:5000\"}}\n"
        let refused = try check(far)
        #expect(refused.status == 78, "\(refused)")
        #expect(refused.err.contains("profile default"))
        #expect(refused.err.contains("allowInsecureEndpoint"))
        #expect(try check(far + "allowInsecureEndpoint: true\n").status == 0)
        #expect(try check(nil, environment: ["AWS_ENDPOINT_URL_MACIE2": "http://192.0.2.1"]).status == 78)
        for near in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost", "https://192.0.2.1"] {
            #expect(try check(far.replacing("http://192.0.2.1:5000", with: near)).status == 0, "\(near)")
        }
    }

    @Test func `an endpoint of one's own cannot be a FIPS or dual-stack one`() throws {
        let refused = try check("profiles: {default: {endpoint: \"http://127.0.0.1\", useFIPS: true}}")
        #expect(refused.status == 78)
        #expect(refused.err.contains("Invalid Configuration: FIPS and custom endpoint are not supported"))
    }

    @Test func `version, help and usage`() throws {
        let version = try BrokerProcess.run(configuration: nil, in: workplace, arguments: ["--version"])
        #expect(version.status == 0)
        #expect(version.out.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil, "\(version)")
        for wrong in [["--no-such-option"], ["--log-level", "loud"], ["positional"]] {
            #expect(try BrokerProcess.run(configuration: nil, in: workplace, arguments: wrong).status == 64, "\(wrong)")
        }
        let help = try BrokerProcess.run(configuration: nil, in: workplace, arguments: ["--help"])
        #expect(help.status == 0)
        #expect(help.out.contains("--check"))
    }
}
