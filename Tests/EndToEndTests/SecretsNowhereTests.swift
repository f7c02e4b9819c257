import Foundation
import JSONText
import Testing

/// The keys are in the broker and nowhere else: not in what it prints, answers, logs or leaves behind, and not in a client.
@Suite struct SecretsNowhereTests {
    private static let accessKeyID = "AKIACANARY0123456789"
    private static let secret = "canary/secret+key/ABCDEFGHIJKLMNOPQRSTUV"
    private static let token = "canary-session-token-IQoJb3JpZ2luX2VjEJr"
    /// The keys, whole or in part, and what is made of them.
    private static let forbidden = [
        accessKeyID, secret, token, "canary", "CANARY", "AWS4-HMAC-SHA256", "Signature=", "X-Amz-Security-Token",
    ]

    private let workplace: Workplace
    private let simulator: Simulator

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(
            in: workplace, accessKeyID: Self.accessKeyID, secret: Self.secret, sessionToken: Self.token)
    }

    private func credentials(_ text: String? = nil) throws -> String {
        try workplace.write(
            workplace.uniqueName("keys"),
            text
                ?? """
                [default]
                aws_access_key_id = \(Self.accessKeyID)
                aws_secret_access_key = \(Self.secret)
                aws_session_token = \(Self.token)
                """, mode: 0o600)
    }

    private func configuration(credentials: String, _ more: String = "") throws -> String {
        """
        profiles:
          default:
            region: us-east-1
            endpoint: "\(simulator.url)"
            credentials: {source: shared-files, credentialsFile: \(credentials), configFile: /dev/null}
        \(Simulator.grantForEverybody)
        http: {maximumAttempts: 1}
        \(more)
        """
    }

    private func expectNoSecret(in text: String, _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
        for word in Self.forbidden where text.contains(word) {
            Issue.record("\(what) holds \(word): \(text)", sourceLocation: sourceLocation)
        }
    }

    @Test func `no output, reply, log or error holds a key or a signature`() throws {
        let decisions = workplace.path + "/decisions.jsonl"
        let broker = try BrokerProcess.start(
            configuration: configuration(credentials: credentials(), "audit: {file: \(decisions)}\ncacheSeconds: 0"),
            in: workplace, arguments: ["--log-level", "trace"])
        expectNoSecret(in: broker.readyLine, "the ready line")
        let behaviours = [
            #"{"kind":"normal"}"#, #"{"kind":"malformed","how":"notJSON"}"#, #"{"kind":"hangUp"}"#,
            #"{"kind":"fail","exception":"AccessDeniedException"}"#, #"{"kind":"clock","offsetSeconds":9000}"#,
        ]
        for behaviour in behaviours {
            try simulator.behave(behaviour)
            expectNoSecret(in: "\(try broker.ask(["session", "--output", "json"]))", "the answer after \(behaviour)")
        }
        #expect(try simulator.calls().calls >= behaviours.count)
        for question in [["whoami"], ["status"], ["status", "--output", "json"], ["call", "rpc.discover"]] {
            expectNoSecret(in: "\(try broker.ask(question))", "the answer to \(question)")
        }
        let lines = try String(contentsOfFile: decisions, encoding: .utf8)
        #expect(lines.contains("InvalidSignatureException") && lines.contains("\"outcome\":\"ok\""), "\(lines)")
        expectNoSecret(in: lines, "the decision log")
        for place in [ProcessInsides.Place.commandLine, .environment] {
            // Who is not root cannot look into the broker's environment at all.
            #expect(ProcessInsides(pid: broker.pid).find(Self.forbidden, in: place) ?? [] == [])
        }
        broker.signal(SIGTERM)
        #expect(broker.waitForExit(seconds: 20) == 0)
        expectNoSecret(in: broker.standardError(), "standard error")
    }

    @Test func `--check and the ready line tell whether there are keys, and never which`() throws {
        let checked = try BrokerProcess.run(
            configuration: configuration(credentials: credentials()), in: workplace, arguments: ["--check"])
        #expect(checked.out.contains("shared-files, found"), "\(checked)")
        expectNoSecret(in: "\(checked)", "--check")
    }

    @Test(arguments: [
        "[default]\naws_access_key_id = \(accessKeyID)\n",
        "[default]\naws_secret_access_key = \(secret)\n",
        "[default\naws_secret_access_key = \(secret)\n",
        "aws_secret_access_key = \(secret)\n[default]\n",
        "[default]\n\(secret)\n\(accessKeyID)\n",
        "[\(secret)]\naws_access_key_id = \(accessKeyID)\n",
        "[default]\naws_access_key_id = \(accessKeyID)\naws_secret_access_key = \(secret)\u{1}\nx",
    ])
    func `credentials that cannot be used are told without being quoted`(file: String) throws {
        let configuration = try configuration(credentials: credentials(file))
        let checked = try BrokerProcess.run(configuration: configuration, in: workplace, arguments: ["--check"])
        expectNoSecret(in: "\(checked)", "--check")
        guard checked.status == 0 else {
            // A file that cannot be read at all keeps the broker from starting.
            let refused = try BrokerProcess.run(configuration: configuration, in: workplace)
            #expect(refused.status == 78)
            return expectNoSecret(in: "\(refused)", "the refusal to start")
        }
        let broker = try BrokerProcess.start(configuration: configuration, in: workplace)
        expectNoSecret(in: broker.readyLine, "the ready line")
        expectNoSecret(in: "\(try broker.ask(["session"]))", "the answer")
        expectNoSecret(in: "\(try broker.ask(["status"]))", "the status")
        expectNoSecret(in: broker.standardError(), "standard error")
    }

    @Test func `a client holds no key, not in its environment and not in its memory`() throws {
        let broker = try BrokerProcess.start(configuration: configuration(credentials: credentials()), in: workplace)
        try simulator.behave(#"{"kind":"slow","milliseconds":3000}"#)
        let client = try Client.start(["session", "--max-age", "0"], socket: broker.socketPath)
        #expect(try Waiting.until(seconds: 20) { try simulator.calls().calls == 1 })
        let told = try Client.start(
            ["session", "--max-age", "0"], socket: broker.socketPath,
            environment: ["KEY": Self.accessKeyID, "SECRET": Self.secret])
        // execve(2) is a moment ahead of what /proc shows of its environment.
        let hasStarted = Waiting.until(seconds: 20) {
            ProcessInsides(pid: told.process.pid).contents(of: "environ")?.isEmpty == false
        }
        #expect(hasStarted)
        for process in [client.process, told.process] { process.signal(SIGSTOP) }
        let keys = [Self.accessKeyID, Self.secret, Self.token]
        for place in [ProcessInsides.Place.environment, .memory] {
            // That the search finds keys where there are some shows that it would have found them here.
            #expect(ProcessInsides(pid: told.process.pid).find(keys, in: place)?.sorted() == keys.dropLast().sorted())
            #expect(ProcessInsides(pid: client.process.pid).find(keys, in: place) == [])
        }
        for process in [client.process, told.process] { process.signal(SIGCONT) }
        #expect(try client.finish(seconds: 30).status == 0)
        #expect(try told.finish(seconds: 30).status == 0)
    }

    @Test func `a broker that a fault ends leaves no core, and prints none of its memory`() throws {
        // What the tests may allow their children is as much as a host could.
        var before = rlimit()
        // SAFETY: getrlimit(2) and setrlimit(2) use one struct each, which lives for the call.
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &before)
        var most = rlimit(rlim_cur: before.rlim_max, rlim_max: before.rlim_max)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &most)
        defer { unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &before) }

        let folder = try workplace.makeFolder("cwd")
        let broker = try BrokerProcess.start(
            configuration: configuration(credentials: credentials()), in: workplace, folder: folder)
        let limits = ProcessInsides(pid: broker.pid).contents(of: "limits").map { String(decoding: $0, as: UTF8.self) }
        #expect(try #require(limits).contains(#/Max core file size +0 +0 /#), "\(limits ?? "")")
        broker.signal(SIGABRT)
        #expect(broker.waitForExit(seconds: 20) == 128 + SIGABRT)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        // Nor what the Swift runtime's crash reporter prints: registers, and the memory that they point at.
        #expect(broker.standardError().isEmpty)
    }
}
