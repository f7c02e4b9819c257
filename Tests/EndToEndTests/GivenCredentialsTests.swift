import Foundation
import JSONText
import TestSupport
import Testing

/// `macie-broker admin credentials …` against a real broker: keys that come while it runs, end, are removed and dropped.
@Suite struct GivenCredentialsTests {
    private let workplace: Workplace
    private let simulator: Simulator
    private var audit: AuditFiles { AuditFiles(workplace.path + "/audit.jsonl") }

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
    }

    private func configuration(source: String = "{source: given}") -> String {
        """
        profiles:
          default: {region: us-east-1, endpoint: "\(simulator.url)", credentials: \(source)}
        \(Simulator.grantForEverybody)
        audit: {file: \(workplace.path)/audit.jsonl}
        cacheSeconds: 0
        """
    }

    private func start(source: String = "{source: given}") throws -> BrokerProcess {
        try BrokerProcess.start(
            configuration: configuration(source: source), in: workplace, arguments: ["--log-level", "trace"])
    }

    private static let lines =
        "AWS_ACCESS_KEY_ID=\(Simulator.accessKeyID)\nAWS_SECRET_ACCESS_KEY=\(Simulator.secret)\n"

    /// Runs a command that has to succeed.
    @discardableResult
    private func credentials(
        _ broker: BrokerProcess, _ words: String..., input: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Outcome {
        let outcome = try broker.admin(["credentials"] + words, input: input)
        #expect(outcome.status == 0, "\(outcome)", sourceLocation: sourceLocation)
        return outcome
    }

    private func isServed(_ broker: BrokerProcess) throws -> Bool { try broker.ask(["session"]).status == 0 }

    /// The one refusal that there is to be: for good, and with what to do.
    private func expectNoKeys(
        _ broker: BrokerProcess, _ why: String = "nobody has given this profile keys",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let refused = try broker.ask(["session"])
        #expect(refused.status == 70, "\(refused)", sourceLocation: sourceLocation)
        for words in ["CredentialsUnavailable", why, "macie-broker admin credentials add"] {
            #expect(refused.err.contains(words), "\(refused)", sourceLocation: sourceLocation)
        }
    }

    @Test func `a profile without keys starts degraded, serves while it has some, and says what to do after`() throws {
        let broker = try start()
        #expect(broker.readyLine.contains("NO CREDENTIALS from given: nobody has given this profile keys"))
        try expectNoKeys(broker)
        let added = try credentials(broker, "add", "default", "--for", "5s", input: Self.lines)
        #expect(added.out.contains("profile default has key …0001 until "), "\(added)")
        #expect(try isServed(broker))
        #expect(try Waiting.until(seconds: 20) { try !isServed(broker) })
        try expectNoKeys(broker)
        let listed = try credentials(broker, "list").out
        #expect(listed.contains(#/default +given +everybody +none +- .*failed: nobody has given/#), "\(listed)")

        try credentials(broker, "add", "default", input: Self.lines)
        #expect(try isServed(broker))
        let entries = try credentials(broker, "list", "--output", "json").json["credentials"]?.array ?? []
        #expect(entries.count == 1)
        #expect(entries.first?["accessKeyIdEnd"] == "0001" && entries.first?["state"] == "ready")
        #expect(entries.first?["expiresAt"] == nil && entries.first?["lastRefresh"]?["ok"] == true)
        #expect(try broker.adminStatus()["profiles"]?.array?.first?["credentials"]?["state"] == "ready")
        #expect(try credentials(broker, "remove", "default").out == "1 credential wiped\n")
        try expectNoKeys(broker)
        #expect(try credentials(broker, "remove", "default", "--output", "json").json == ["removed": 0])
    }

    @Test func `keys are dropped by command and by signal, with a record of each`() throws {
        let broker = try start()
        try credentials(broker, "add", "default", "--for", "1h", input: Self.lines)
        #expect(try credentials(broker, "drop-all").out == "1 credential wiped\n")
        try expectNoKeys(broker)
        try credentials(broker, "add", "default", "--for", "1h", input: Self.lines)
        #expect(try isServed(broker))
        broker.signal(SIGUSR1)
        #expect(try Waiting.until(seconds: 20) { try audit.records(of: "dropCredentials").count == 2 })
        try expectNoKeys(broker)
        #expect(broker.isRunning)
        #expect(try broker.adminStatus()["profiles"]?.array?.first?["credentials"]?["state"] == "unavailable")

        let drops = try audit.records(of: "dropCredentials")
        #expect(drops.map { $0["dropped"] } == [1, 1])
        #expect(drops.first?["by"]?["uid"] == JSONValue(getuid()))
        #expect(drops.last?["by"] == nil, "a signal has no sender that is known")
        let adds = try audit.records(of: "addCredentials")
        #expect(adds.count == 2 && adds.allSatisfy { $0["profile"] == "default" && $0["accessKeyIdEnd"] == "0001" })
        #expect(adds.allSatisfy { $0["expiresAt"]?.string != nil && $0["by"]?["uid"] == JSONValue(getuid()) })
        let requests = try audit.records(of: "request").compactMap { $0["action"]?.string }
        #expect(requests.contains("admin.AddCredentials") && requests.contains("admin.DropCredentials"))
        _ = try audit.verify()
    }

    @Test func `they outlive reloads, by signal and by command, and end with the profile`() throws {
        let broker = try start()
        try credentials(broker, "add", "default", input: Self.lines)
        broker.signal(SIGHUP)
        #expect(try Waiting.until(seconds: 20) { try audit.records(of: "reload").count == 1 })
        #expect(try isServed(broker))
        #expect(try broker.admin(["reload"]).status == 0)
        #expect(try isServed(broker))
        let keys = try workplace.writeCredentials(secret: "another/secret")
        let files = "{source: shared-files, credentialsFile: \(keys.credentials), configFile: \(keys.config)}"
        try broker.replaceConfiguration(configuration(source: files))
        #expect(try broker.admin(["reload"]).status == 0)
        #expect(try isServed(broker), "given keys count before another source, too")
        try broker.replaceConfiguration(configuration().replacing("default:", with: "other:"))
        #expect(try broker.admin(["reload"]).status == 0)
        try broker.replaceConfiguration(configuration())
        #expect(try broker.admin(["reload"]).status == 0)
        try expectNoKeys(broker)
    }

    @Test func `they win over the profile's own source until they are removed or end`() throws {
        let keys = try workplace.writeCredentials()
        let broker = try start(
            source: "{source: shared-files, credentialsFile: \(keys.credentials), configFile: \(keys.config)}")
        #expect(try isServed(broker))
        let wrong = "aws_access_key_id = AKIAWRONG00000000001\naws_secret_access_key = wrong/secret\n"
        try credentials(broker, "add", "default", input: wrong)
        let refused = try broker.ask(["session"])
        #expect(refused.status == 1, "AWS does not know them: \(refused)")
        let entries = try credentials(broker, "list", "--output", "json").json["credentials"]?.array ?? []
        #expect(entries.map { $0["source"] } == ["given", "shared-files"])
        #expect(try credentials(broker, "remove", "default").out == "2 credentials wiped\n")
        #expect(try isServed(broker))
        try credentials(broker, "add", "default", "--for", "5s", input: wrong)
        #expect(try !isServed(broker))
        #expect(try Waiting.until(seconds: 20) { try isServed(broker) })
    }

    @Test func `they are read from each form, and from a descriptor`() throws {
        let broker = try start()
        let id = #""AccessKeyId":"\#(Simulator.accessKeyID)","SecretAccessKey":"\#(Simulator.secret)""#
        let json = #"{"Version":1,\#(id),"Expiration":"2999-01-01T00:00:00Z"}"#
        let added = try credentials(broker, "add", "default", "--for", "15m", "--output", "json", input: json).json
        let end = try #require(added["expiresAt"]?.string)
        #expect(end < "2999" && added["source"] == "given")
        #expect(try isServed(broker))
        try credentials(broker, "drop-all")

        let file = try workplace.write(
            "keys",
            "export AWS_ACCESS_KEY_ID='\(Simulator.accessKeyID)'\n"
                + "export AWS_SECRET_ACCESS_KEY=\"\(Simulator.secret)\"\n", mode: 0o600)
        // SAFETY: a String given as a C string lives for the call.
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let handed = try Client.run(
            ["admin", "credentials", "add", "default", "--fd", "9"], socket: broker.adminPath,
            descriptors: [9: descriptor], input: "AWS_ACCESS_KEY_ID=not these\n")
        #expect(handed.status == 0, "\(handed)")
        #expect(try isServed(broker))
        let closed = try Client.run(
            ["admin", "credentials", "add", "default", "--fd", "9"], socket: broker.adminPath, input: Self.lines)
        #expect(closed.status == 64 && closed.err.contains("descriptor 9 cannot be read"), "\(closed)")
    }

    @Test func `what a broker has no use for is told, and changes nothing`() throws {
        let broker = try start()
        let stranger = try broker.admin(["credentials", "add", "other"], input: Self.lines)
        #expect(stranger.status == 70 && stranger.err.contains("no such profile"), "\(stranger)")
        let slash = "AWS_ACCESS_KEY_ID=AKIA/CANARY\nAWS_SECRET_ACCESS_KEY=canary\n"
        let unusable = try broker.admin(["credentials", "add", "default"], input: slash)
        #expect(unusable.status == 70 && unusable.err.contains("accessKeyId holds a character"), "\(unusable)")
        #expect(!"\(unusable)".lowercased().contains("canary"))
        #expect(try broker.admin(["credentials", "remove", "other"]).status == 70)
        #expect(try audit.records().allSatisfy { $0["event"]?.string?.hasSuffix("Credentials") != true })
        try expectNoKeys(broker)
    }

    @Test func `no output, log, record or reply holds a secret of them`() throws {
        let (secret, token) = ("canary/secret+key/ABCDEFGHIJKLMNOPQRSTUV", "canary-session-token-IQoJb3JpZ2luX2VjEJr")
        let simulator = try Simulator(
            in: workplace, accessKeyID: "AKIACANARY0123456789", secret: secret, sessionToken: token)
        let broker = try BrokerProcess.start(
            configuration: configuration().replacing(self.simulator.url, with: simulator.url), in: workplace,
            arguments: ["--log-level", "trace"])
        let keys = """
            AWS_ACCESS_KEY_ID=AKIACANARY0123456789
            AWS_SECRET_ACCESS_KEY=\(secret)
            AWS_SESSION_TOKEN=\(token)
            """
        var said: [Outcome] = []
        for words in [["add", "default", "--for", "1h"], ["add", "default", "--output", "json"], ["add", "other"]] {
            said.append(try broker.admin(["credentials"] + words, input: keys))
        }
        #expect(try isServed(broker))
        said.append(try broker.admin(["credentials", "add", "default"], input: keys + "\n\(keys)"))
        for words in [["list"], ["list", "--output", "json"], ["remove", "default"], ["drop-all"]] {
            said.append(try broker.admin(["credentials"] + words))
        }
        said += [try broker.admin(["status", "--output", "json"]), try broker.admin(["metrics"])]
        let admin = try broker.connectAdmin()
        let line = #"{"profile":"default","accessKeyId":"AKIACANARY","secretAccessKey":"canary"#
        var replies: [String] = []
        for parameters in [line + #""}"#, line + #"","x":"canary"}"#, line + "\u{1}\"}", line + #" canary"}"#, line] {
            replies.append(try admin.ask(AdminLine.call("AddCredentials", parameters)).text)
        }
        broker.signal(SIGTERM)
        #expect(broker.waitForExit(seconds: 20) == 0)
        let records = try String(contentsOfFile: audit.path, encoding: .utf8)
        #expect(records.contains("addCredentials"))
        for text in said.map({ "\($0)" }) + replies + [records, broker.standardError(), broker.readyLine] {
            #expect(!text.lowercased().contains("canary"), "\(text)")
        }
    }

    @Test(arguments: [
        ["add", "default", "AKIACANARY", "canary"], ["add", "default", "--secret-access-key", "canary"],
        ["add", "default", "--secret-access-key=canary"], ["add", "default", "--access-key-id", "canary"],
        ["add", "default", "--session-token", "canary"], ["add", "AWS_SECRET_ACCESS_KEY=canary"],
        ["add", "default", "AWS_SECRET_ACCESS_KEY=canary"],
    ])
    func `a key that is given as an argument is refused, and not repeated`(words: [String]) throws {
        let answer = try Client.run(
            ["admin", "credentials"] + words, socket: "/nowhere/broker.sock.admin", input: Self.lines)
        #expect(answer.status == 64, "\(answer)")
        #expect(answer.err.contains("Keys are no arguments"), "\(answer)")
        #expect(!answer.description.lowercased().contains("canary"))
    }

    @Test(arguments: [
        (["add", "canary/x"], "64 characters"), (["remove", "canary/x"], "64 characters"),
        (["add", "default", "--for", "15"], "--for takes a time"),
        (["add", "default", "--for", "8d"], "--for takes a time"), (["add", "default", "--fd", "-1"], "--fd"),
        (["add"], "profile"), (["list", "canary"], ""), (["drop-all", "canary"], ""),
        (["add", "default", "--secret-key=canary"], "secret-key"),
    ])
    func `a command line that makes no sense is told as that`(words: [String], says: String) throws {
        let answer = try Client.run(
            ["admin", "credentials"] + words, socket: "/nowhere/broker.sock.admin", input: Self.lines)
        #expect(answer.status == 64, "\(answer)")
        #expect(says.isEmpty || answer.err.contains(says), "\(answer)")
        if words[0] == "add" || words[0] == "remove" { #expect(!answer.err.contains("canary"), "\(answer)") }
    }

    @Test(arguments: [("", "no keys were given"), ("canary", "line 1 is not NAME=VALUE"), ("{canary", "at byte 1")])
    func `input that holds no keys is told before a broker is looked for`(input: String, says: String) throws {
        let answer = try Client.run(
            ["admin", "credentials", "add", "default"], socket: "/nowhere/broker.sock.admin", input: input)
        #expect(answer.status == 64 && answer.err.contains(says) && answer.err.contains("next: "), "\(answer)")
        #expect(!answer.description.contains("canary"))
        let nowhere = try Client.run(
            ["admin", "credentials", "add", "default"], socket: "/nowhere/broker.sock.admin", input: Self.lines)
        #expect(nowhere.status == 69)
    }

    @Test func `at a terminal what is typed of secrets appears nowhere, and no core could hold it`() throws {
        let broker = try start()
        let terminal = try PseudoTerminal()
        let program = try RunningProgram(
            Programs.stage().client, ["admin", "credentials", "add", "default", "--socket", broker.adminPath],
            descriptors: [0: terminal.programEnd, 2: terminal.programEnd])
        var shown = terminal.shown(until: "Access key id: ")
        terminal.type("\(Simulator.accessKeyID)\n")
        shown += terminal.shown(until: "Secret access key: ")
        let limits = ProcessInsides(pid: program.process.pid).contents(of: "limits") ?? Data()
        #expect(String(decoding: limits, as: UTF8.self).contains(#/Max core file size +0 +0 /#))
        terminal.type("\(Simulator.secret)\n")
        shown += terminal.shown(until: "none): ")
        terminal.type("\n")
        let outcome = try program.finish(seconds: 30)
        #expect(outcome.status == 0 && outcome.out.contains("…0001 until it is removed"), "\(outcome)")
        #expect(shown.contains(Simulator.accessKeyID))
        #expect(!(shown + outcome.out).contains(Simulator.secret))
        #expect(terminal.isEchoing)
        #expect(try isServed(broker))
    }

    @Test(arguments: [
        "AWS_ACCESS_KEY_ID=AKIA\nAWS_SECRET_ACCESS_KEY=\(canary)\nAWS_SESSION_TOKEN=\(canaryToken)\n",
        #"{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"\#(canary)","SessionToken":"\#(canaryToken)"}"#,
    ])
    func `once they are sent a client holds one copy of each at the most`(input: String) throws {
        let listener = try SilentListener(at: workplace.path + "/" + workplace.uniqueName("silent"))
        let program = try RunningProgram(
            Programs.stage().client, ["admin", "credentials", "add", "default", "--socket", listener.path],
            input: input)
        #expect(listener.takesLine())
        let insides = ProcessInsides(pid: program.process.pid)
        for secret in [Self.canary, Self.canaryToken] {
            #expect(Waiting.until(seconds: 20) { (insides.countInMemory(secret) ?? .max) <= 1 }, "\(secret)")
        }
        program.process.signal(SIGTERM)
        #expect(try program.finish(seconds: 20).status == 128 + SIGTERM)
    }

    private static let canary = "canary/secret+key/ABCDEFGHIJKLMNOPQRSTUV"
    private static let canaryToken = "canary-session-token-IQoJb3JpZ2luX2VjEJr"

    @Test func `its completions are there`() throws {
        let script = try Client.run(["completions", "bash"], socket: nil).out
        for word in ["drop-all", "--for", "--fd"] { #expect(script.contains(word), "\(word)") }
        for word in ["access-key-id", "secret-access-key", "session-token"] {
            #expect(!script.contains(word), "\(word)")
        }
    }
}
