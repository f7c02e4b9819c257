import Testing

@testable import macie_brokerd

/// What is wrong is told with its file, line and column, and nothing is guessed.
@Suite struct ConfigurationRefusalTests {
    private func failure(_ yaml: String) -> ConfigurationFailure? {
        do {
            _ = try Configuration(yaml: yaml, file: "broker.yaml")
            return nil
        } catch {
            return error
        }
    }

    private func expect(
        _ yaml: String, failsAt place: String, with problem: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let text = failure(yaml)?.description ?? "nothing"
        #expect(text.hasPrefix("broker.yaml:\(place): "), "\(text)", sourceLocation: sourceLocation)
        #expect(text.contains(problem), "\(text)", sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        ("cacheSecond: 1", "1:1", "unknown key cacheSecond; known are: admin, allowInsecureEndpoint, audit"),
        ("cacheSeconds: 1\n\nSocket: /a\n", "3:1", "unknown key Socket"),
        ("http:\n  timeout: 1\n", "2:3", "unknown key timeout in http"),
        ("limits:\n  idle: 1\n", "2:3", "unknown key idle in limits"),
        ("profiles:\n  a:\n    regio: x\n", "3:5", "unknown key regio in profiles.a"),
        ("profiles:\n  a:\n    credentials:\n      key: x\n", "4:7", "unknown key key in profiles.a.credentials"),
        ("grants:\n  - users: [root]\n    actions: [a]\n    deny: [b]\n", "4:5", "unknown key deny in grants[0]"),
        ("? [a]\n: b\n", "1:3", "unknown key that is no text"),
        ("profiles:\n  ? [a]\n  : {}\n  b: {}\n", "2:5", "unknown key that is no text in profiles"),
        ("<<: {cacheSeconds: 1}", "1:1", "unknown key <<"),
    ])
    func `an unknown key is refused on every level`(yaml: String, place: String, problem: String) {
        expect(yaml, failsAt: place, with: problem)
    }

    @Test(arguments: [
        ("cacheSeconds: 1\ncacheSeconds: 2\n", "cacheSeconds"), ("http: {caBundle: a, caBundle: b}", "caBundle"),
        ("profiles:\n  a: {}\n  a: {}\n", "a"), ("limits: {idleSeconds: 1, \"idleSeconds\": 2}", "idleSeconds"),
    ])
    func `the same key twice is refused`(yaml: String, key: String) {
        #expect(failure(yaml)?.problem == "the same key twice: \(key)")
        #expect(failure(yaml)?.place != nil)
    }

    @Test(arguments: [
        ("[a]", "1:1", "the file must be a mapping"), ("text", "1:1", "the file must be a mapping"),
        ("http: 1", "1:7", "http must be a mapping"), ("limits: []", "1:9", "limits must be a mapping"),
        ("profiles: [a]", "1:11", "profiles must be a mapping"),
        ("profiles: {a: b}", "1:15", "profiles.a must be a mapping"),
        ("profiles: {a: ~}", "1:15", "profiles.a must be a mapping"),
        ("profiles: {}", "1:11", "must name at least one"),
        ("profiles: {a: {credentials: default}}", "1:29", "profiles.a.credentials must be a mapping"),
        ("grants: {a: b}", "1:9", "grants must be a list"), ("grants: ~", "1:9", "grants must be a list"),
        ("cacheSeconds: fast", "1:15", "cacheSeconds must be a number of seconds"),
        ("cacheSeconds: [1]", "1:15", "cacheSeconds must be a number of seconds"),
        ("cacheSeconds: nan", "1:15", "cacheSeconds must be a number of seconds"),
        ("cacheEntries: 1.5", "1:15", "cacheEntries must be a whole number from 1 to 65536"),
        ("cacheEntries: 99999999999999999999", "1:15", "cacheEntries must be a whole number"),
        ("allowInsecureEndpoint: 1", "1:24", "allowInsecureEndpoint must be true or false"),
        ("allowInsecureEndpoint: yes", "1:24", "allowInsecureEndpoint must be true or false"),
        ("logLevel: loud", "1:11", "logLevel must be one of trace, debug"),
        ("decisionLog: /a", "1:1", "decisionLog is now audit.file"),
        ("audit: /a", "1:8", "audit must be a mapping"), ("audit: {file: {}}", "1:15", "audit.file must be a text"),
        ("audit: {file: a}", "1:15", "audit.file: the path must be absolute, not a"),
        ("audit: {rotateBytes: 1}", "1:22", "audit.rotateBytes must be 0, for never, or 65536 at least"),
        ("audit: {rotateBytes: 65535}", "1:22", "audit.rotateBytes must be 0, for never, or 65536 at least"),
        ("audit: {whenUnavailable: stop}", "1:26", "audit.whenUnavailable must be refuse or allow"),
        ("audit: {processes: no}", "1:20", "audit.processes must be true or false"),
        ("audit: {rotate: 1}", "1:9", "unknown key rotate in audit"),
        ("admin: {socket: a.sock}", "1:17", "the path must be absolute"),
        ("admin: {mode: 0066}", "1:15", "admin.mode must be octal"),
        ("admin: {group: no-such-group}", "1:16", "admin.group: this host has no group no-such-group"),
        ("admin: {enabled: 1}", "1:18", "admin.enabled must be true or false"),
        ("admin: {port: 1}", "1:9", "unknown key port in admin"),
        ("mode: permissive", "1:7", "mode must be enforce or observe"),
        ("denies: {a: b}", "1:9", "denies must be a list"),
        ("socketMode:", "1:1", "socketMode must be a text"),
        ("socket: ~", "1:9", "socket must be a text"), ("socket: broker.sock", "1:9", "the path must be absolute"),
        ("socket: /\(String(repeating: "a", count: 107))", "1:9", "at most 107 bytes"),
        ("socketMode: 0888", "1:13", "socketMode must be octal"),
        ("socketMode: rw-------", "1:13", "socketMode must be octal"),
        ("socketMode: 01666", "1:13", "socketMode must be octal"),
        ("socketMode: 0066", "1:13", "socketMode must be octal"),
        ("socketGroup: no-such-group", "1:14", "this host has no group no-such-group"),
        ("profiles: {a b: {}}", "1:12", "profile a b: a name has"),
        ("profiles: {\"\": {}}", "1:12", "profile : a name has"),
        ("profiles: {a: {region: US}}", "1:24", "profiles.a: US is not the name of a region"),
        ("profiles: {a: {region: null}}", "1:24", "profiles.a.region must be a text"),
        ("profiles: {a: {regions: us-east-1}}", "1:25", "profiles.a.regions must be a list"),
        ("profiles: {a: {regions: [us-east-1, \"*\"]}}", "1:37", "* is not the name of a region"),
        ("profiles: {a: {useFIPS: maybe}}", "1:25", "profiles.a.useFIPS must be true or false"),
        ("profiles: {a: {credentials: {source: vault}}}", "1:38", "must be one of default, environment, shared-files"),
        ("profiles: {a: {credentials: {command: x}}}", "1:29", "command and source: process go together"),
        ("profiles: {a: {credentials: {source: process}}}", "1:29", "command and source: process go together"),
        ("profiles: {a: {credentials: {credential: x}}}", "1:29", "credential needs source: systemd"),
        ("profiles: {a: {credentials: {source: systemd, credential: a/b}}}", "1:29", "a credential's id, without a /"),
        (
            "profiles: {a: {credentials: {source: given, role: {arn: \"arn:aws:iam::1:role/r\"}}}}", "1:29",
            "role needs another"
        ),
        ("profiles: {a: {credentials: {role: {}}}}", "1:36", "profiles.a.credentials.role: it must have an arn"),
        ("profiles: {a: {credentials: {role: {arn: auditor}}}}", "1:42", "arn must be a role's, such as arn:aws:iam::"),
        ("profiles: {a: {credentials: {roleSessionName: a b}}}", "1:47", "roleSessionName must have 2 to 64 of"),
        ("profiles: {a: {credentials: {sourceIdentity: aws:x}}}", "1:46", "sourceIdentity must have 2 to 64 of"),
        ("profiles: {a: {credentials: {sessionTags: {\"aws:x\": yy}}}}", "1:44", "and no aws: before it"),
        ("profiles: {a: {credentials: {sessionTags: {x: \"?\"}}}}", "1:47", "sessionTags.x must have 2 to 256 of"),
        (
            "profiles: {a: {credentials: {sessionPolicy: \"{}\"}}}", "1:29",
            "sessionPolicy and sessionPolicyArns need a role"
        ),
        (
            "profiles: {a: {credentials: {sessionPolicyArns: [x]}}}", "1:29",
            "sessionPolicy and sessionPolicyArns need a role"
        ),
    ])
    func `a value of another kind is refused where it stands`(yaml: String, place: String, problem: String) {
        // An empty value has no place of its own; the mark may be that of the key or of the end.
        if yaml.hasSuffix(":") {
            #expect(failure(yaml)?.problem == problem)
        } else {
            expect(yaml, failsAt: place, with: problem)
        }
    }

    @Test(arguments: ["environment", "process, command: x", "container", "instance-metadata", "given"])
    func `what a session is to be called or may do is refused where no role is assumed`(source: String) {
        for setting in ["roleSessionName: me", "sourceIdentity: me", "sessionTags: {a: bb}", "sessionPolicyArns: [x]"] {
            expect(
                "profiles: {a: {credentials: {source: \(source), \(setting)}}}", failsAt: "1:29",
                with: "need a role with source: \(source.prefix { $0 != "," })")
        }
    }

    @Test(arguments: [
        ("cacheSeconds", "0", "86400", "-0.001", "86400.1"), ("cacheEntries", "1", "65536", "0", "65537"),
        ("shutdownSeconds", "0", "3600", "-1", "3601"), ("http.connectSeconds", "0.001", "3600", "0", "3601"),
        ("http.attemptSeconds", "0.001", "3600", "0", "3601"), ("http.requestSeconds", "0.001", "3600", "0", "3601"),
        ("http.maximumAttempts", "1", "10", "0", "11"),
        ("audit.rotateBytes", "65536", "1099511627776", "-1", "1099511627777"),
        ("limits.requestLineBytes", "1024", "1048576", "1023", "1048577"),
        ("limits.requestsInFlightPerConnection", "1", "4096", "0", "4097"),
        ("limits.connections", "1", "1000000", "0", "1000001"),
        ("limits.connectionsPerUid", "1", "1000000", "0", "1000001"),
        ("limits.idleSeconds", "0.05", "604800", "0.04", "604801"), ("limits.lineSeconds", "0.05", "3600", "0", "3601"),
        ("limits.replyBytesPending", "4096", "67108864", "4095", "67108865"),
        ("limits.slowReaderSeconds", "0.05", "3600", "0", "inf"),
        ("limits.requestSeconds", "0.05", "3600", "0", "1e300"),
    ])
    func `a number has its bounds, and the bounds belong to it`(
        key: String, least: String, most: String, under: String, over: String
    ) {
        func yaml(_ value: String) -> String {
            let parts = key.split(separator: ".")
            return parts.count == 1 ? "\(key): \(value)" : "\(parts[0]): {\(parts[1]): \(value)}"
        }
        for fits in [least, most] { #expect(failure(yaml(fits)) == nil, "\(key): \(fits)") }
        for wrong in [under, over] {
            #expect(failure(yaml(wrong))?.problem.hasPrefix("\(key) must be") == true, "\(key): \(wrong)")
        }
    }

    @Test(arguments: ["a: [", "a: b: c", "\t- a", "a: \"", "%", "a: *nowhere", "a: 1\n---\nb: 2\n", "{a: 1"])
    func `what is not one YAML document is refused`(yaml: String) {
        #expect(failure(yaml)?.problem.hasPrefix("not YAML") == true)
    }

    @Test func `a failure about the whole file has no place`() {
        let failure = ConfigurationFailure(file: "f.yaml", place: nil, problem: "is no file")
        #expect("\(failure)" == "f.yaml: is no file")
    }
}
