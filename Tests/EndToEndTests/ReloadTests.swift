import Foundation
import JSONText
import Testing

/// Another configuration in the middle of everything: all or nothing, and between two requests.
@Suite struct ReloadTests {
    private let workplace: Workplace
    private let simulator: Simulator
    private let profiles: String

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
        let keys = try workplace.writeCredentials()
        let profile = """
            {region: us-east-1, endpoint: "\(simulator.url)", credentials: {source: shared-files, \
            credentialsFile: \(keys.credentials), configFile: \(keys.config)}}
            """
        profiles = "profiles:\n  a: \(profile)\n  b: \(profile)\n"
    }

    /// Policy `a` grants everything, but denies profile `b`, and policy `b` the other way round. Half of one and half of the other
    /// would allow what it should not, or by a rule that is not its own.
    private func policy(_ name: String, rulesBefore: String = "") -> String {
        let other = name == "a" ? "b" : "a"
        return profiles + """
            audit: {file: \(workplace.path)/audit.log}
            grants:
            \(rulesBefore)
              - {name: grant of \(name), users: ["*"], actions: ["*"]}
            denies:
              - {name: deny of \(name), users: ["*"], actions: ["*"], profiles: [\(other)]}
            """
    }

    private func start(_ configuration: String) throws -> BrokerProcess {
        try BrokerProcess.start(configuration: configuration, in: workplace)
    }

    private func connectAdmin(to broker: BrokerProcess) throws -> RawConnection {
        try RawConnection(broker.socketPath + ".admin")
    }

    /// All records, also of files that have been rotated away: a signal begins a new one.
    private func records() throws -> [JSONValue] {
        let names = try FileManager.default.contentsOfDirectory(atPath: workplace.path).filter {
            $0.hasPrefix("audit.log")
        }
        return try names.sorted().flatMap { name in
            // One that has got another name meanwhile is found under that name the next time.
            let text = (try? String(contentsOfFile: "\(workplace.path)/\(name)", encoding: .utf8)) ?? ""
            return try text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
        }
    }

    private func reloads() throws -> Int { try records().count { $0["event"] == "reload" } }

    /// Of the configuration that is in force.
    private func digest(by admin: RawConnection) throws -> String {
        let status = try admin.ask(#"{"jsonrpc":"2.0","id":1,"method":"admin.Status"}"#)
        return try #require(status["result"]?["policy"]?["sha256"]?.string)
    }

    @Test func `under load each request is decided by one policy as a whole, and after the reload by the new one`()
        throws
    {
        let broker = try start(policy("a"))
        let admin = try connectAdmin(to: broker)
        let stage = PolicyStage("a")
        let askers = try (0..<4).map { try ReloadAsker(number: $0, of: broker, stage: stage) }
        let rounds = 40
        for round in 1...rounds {
            let name = round.isMultiple(of: 2) ? "a" : "b"
            stage.change(to: nil)
            try broker.replaceConfiguration(policy(name))
            if round.isMultiple(of: 3) {
                let before = try digest(by: admin)
                broker.signal(SIGHUP)
                // It has no reply; but the administrator is told what is in force.
                try #require(try Waiting.until(seconds: 30) { try digest(by: admin) != before })
            } else {
                let reply = try admin.ask(#"{"jsonrpc":"2.0","id":1,"method":"admin.Reload"}"#)
                try #require(reply["result"]?["policy"] != nil, "\(reply)")
            }
            stage.change(to: name)
            // While nothing changes each asks all its questions once more, from the first to the last.
            let asked = askers.map(\.rounds)
            let haveAsked = Waiting.until(seconds: 30) {
                zip(askers, asked).allSatisfy { $0.rounds >= $1 + 2 || !$0.problems.isEmpty }
            }
            for asker in askers { try #require(asker.problems.isEmpty, "\(asker.problems)") }
            try #require(haveAsked)
        }
        let answers = askers.flatMap { $0.stop() }
        for asker in askers { #expect(asker.problems.isEmpty, "\(asker.problems)") }
        #expect(answers.count { $0.wasHeld } >= rounds * askers.count * Question.all.count)
        // Each has one record, and what that says is what the client heard.
        let records = try records()
        let requests = records.filter {
            $0["event"] == "request" && $0["action"]?.string?.hasPrefix("admin.") == false
        }
        let recorded = Dictionary(grouping: requests) { $0["id"]?.integer ?? -1 }
        #expect(requests.count == answers.count)
        for answer in answers {
            let record = try #require(recorded[Int64(answer.id)]).first
            guard answer.question.isSession else { continue }
            #expect(record?["rule"]?.string == answer.rule, "\(answer)")
        }
        #expect(try reloads() == rounds)
    }

    @Test func `of two reloads at the same time the later stays in force, however long the earlier takes`() throws {
        let broker = try start(policy("a"))
        let admin = try connectAdmin(to: broker)
        let client = try RawConnection(broker.socketPath)
        // Takes much longer to read than the other.
        let many = (0..<3_000).map { "  - {name: rule \($0), users: [\"65000\"], actions: [\"s3:*\"]}" }
        try broker.replaceConfiguration(policy("b", rulesBefore: many.joined(separator: "\n")))
        broker.signal(SIGHUP)
        // It has come to the broker, and the file is being read.
        for _ in 0..<20 { _ = try admin.ask(#"{"jsonrpc":"2.0","id":1,"method":"admin.Status"}"#) }
        try broker.replaceConfiguration(policy("a"))
        let reply = try admin.ask(#"{"jsonrpc":"2.0","id":1,"method":"admin.Reload"}"#)
        #expect(reply["result"]?["policy"]?["grants"] == 1, "\(reply)")
        try #require(try Waiting.until(seconds: 30) { try reloads() == 2 })
        #expect(try client.ask(Question(profile: "a").line(1))["result"]?["rule"] == "grant of a")
        #expect(try client.ask(Question(profile: "b").line(2))["result"]?["rule"] == "deny of a")
    }

    /// A line that is wrong, and the text at which it is.
    @Test(arguments: [
        (#"grants: [{name: g, users: ["*"], actions: ["*"], colour: red}]"#, "colour", "unknown key colour"),
        (#"grants: [{users: [nosuchuser], actions: ["*"]}]"#, "nosuchuser", "this host has no user nosuchuser"),
        (#"grants: [{users: ["*"], actions: ["*"], notAfter: soon}]"#, "soon", "notAfter must be an instant"),
        (#"denies: [{users: ["*"], actions: ["*"], maxAgeAtLeast: 1}]"#, "1}", "maxAgeAtLeast is for grants"),
        ("mode: lenient", "lenient", "mode must be enforce or observe"), ("grants: }", "}", "not YAML"),
    ])
    func `a broken file leaves the old policy in force, and log, record and administrator hear its place`(
        rules: String, place: String, problem: String
    ) throws {
        let broker = try start(policy("a"))
        let admin = try connectAdmin(to: broker)
        let client = try RawConnection(broker.socketPath)
        try broker.replaceConfiguration(profiles + rules)
        let file = try #require(broker.configurationFile)
        let reply = try admin.ask(#"{"jsonrpc":"2.0","id":1,"method":"admin.Reload"}"#)
        #expect(reply.errorType == "ConfigurationInvalid", "\(reply)")
        let message = try #require(reply["error"]?["message"]?.string)
        let column = try #require(rules.range(of: place)).lowerBound.utf16Offset(in: rules) + 1
        #expect(message.hasPrefix("\(file):4:\(column): "), "\(message)")
        #expect(message.contains(problem), "\(message)")
        broker.signal(SIGHUP)
        try #require(try Waiting.until(seconds: 30) { try reloads() == 2 })
        for record in try records() where record["event"] == "reload" {
            #expect(record["outcome"]?.string == message)
        }
        let told = broker.standardError().split(separator: "\n").filter { $0.contains("was not reloaded") }
        #expect(told.count == 2)
        for line in told { #expect(line.contains(message), "\(line)") }
        #expect(try client.ask(Question(profile: "a").line(1))["result"]?["rule"] == "grant of a")
        #expect(try client.ask(Question(profile: "b", isSession: true).line(2)).errorType == "PermissionDenied")
        let status = try admin.ask(#"{"jsonrpc":"2.0","id":2,"method":"admin.Status"}"#)
        #expect(status["result"]?["policy"]?["denies"] == 1)
        // A file that is right again counts.
        try broker.replaceConfiguration(policy("b"))
        #expect(try admin.ask(#"{"jsonrpc":"2.0","id":3,"method":"admin.Reload"}"#)["result"] != nil)
        #expect(try client.ask(Question(profile: "b").line(3))["result"]?["rule"] == "grant of b")
    }
}
