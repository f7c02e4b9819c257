import Foundation
import JSONText
import Testing

/// `mode: observe`: what policy would refuse is let through, recorded as that, and said wherever somebody looks.
@Suite struct ObserveOtherUsersTests {
    private let workplace: Workplace
    private let simulator: Simulator

    private static let granted: UInt32 = 41_000
    private static let stranger: UInt32 = 41_001

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
    }

    private func configuration(mode: String) throws -> String {
        let rules = """
            mode: \(mode)
            grants: [{name: the team, users: [\(Self.granted)], actions: ["macie2:GetMacieSession"], maxAgeAtLeast: 60}]
            denies: [{name: not from root, users: ["0"], actions: ["*"]}]
            """
        return try simulator.configuration(in: workplace, grants: rules)
    }

    private func records(of broker: BrokerProcess) -> [JSONValue] {
        broker.records().filter { $0["action"] == "macie2:GetMacieSession" }
    }

    @Test func `what policy would refuse is let through, and recorded with the reason`() throws {
        let broker = try BrokerProcess.start(configuration: configuration(mode: "observe"), in: workplace)
        let asked: [(uid: UInt32, words: [String], decision: JSONValue, rule: JSONValue, lacks: JSONValue?)] = [
            (Self.granted, [], "allow", "the team", nil), (Self.stranger, [], "wouldDeny", "the team", ["caller"]),
            (Self.granted, ["--max-age", "0"], "wouldDeny", "the team", ["freshness"]),
            (0, [], "wouldDeny", "not from root", nil),
        ]
        for (uid, words, decision, rule, lacks) in asked {
            let answer = try broker.ask(["session", "--output", "json"] + words, uid: uid)
            #expect(answer.status == 0, "\(answer)")
            #expect(answer.json["session"]?["status"] == "ENABLED")
            let record = try #require(records(of: broker).last)
            #expect([record["decision"], record["rule"], record["lacks"]] == [decision, rule, lacks], "\(record)")
            #expect(record["outcome"] == "ok")
            #expect(record["uid"] == JSONValue(uid))
        }
        #expect(records(of: broker).count == asked.count)
    }

    @Test func `the ready line, status, whoami, explain and every line of the log say so`() throws {
        let broker = try BrokerProcess.start(
            configuration: configuration(mode: "observe"), in: workplace, arguments: ["--log-level", "trace"])
        #expect(broker.readyLine.hasSuffix(", mode: observe (nothing is refused by policy)"), "\(broker.readyLine)")
        for command in ["status", "whoami"] {
            #expect(try broker.ask([command, "--output", "json"]).json["mode"] == "observe")
            #expect(try broker.ask([command]).out.contains("only observed"), "\(command)")
        }
        let explained = try broker.ask(["explain", "macie2:GetMacieSession"], uid: Self.stranger)
        #expect(explained.out.contains("no, but let through: the policy is only observed"), "\(explained)")
        let admin = try RawConnection(broker.socketPath + ".admin")
        let status = try admin.ask(#"{"jsonrpc":"2.0","id":1,"method":"admin.Status"}"#)
        #expect([status["result"]?["mode"], status["result"]?["policy"]?["mode"]] == ["observe", "observe"])
        #expect(broker.records().first { $0["event"] == "start" }?["mode"] == "observe")
        // A reload to the same and one to a broken file have something to log.
        _ = try admin.ask(#"{"jsonrpc":"2.0","id":2,"method":"admin.Reload"}"#)
        try broker.replaceConfiguration("nonsense: true")
        _ = try admin.ask(#"{"jsonrpc":"2.0","id":3,"method":"admin.Reload"}"#)
        let log = broker.standardError().split(separator: "\n").filter { !$0.hasPrefix("{") }
        #expect(log.count >= 2)
        for line in log { #expect(line.contains("mode=observe"), "\(line)") }
    }

    @Test func `a reload to enforce refuses again, and nothing says observe any more`() throws {
        let broker = try BrokerProcess.start(configuration: configuration(mode: "observe"), in: workplace)
        let stranger = try Puppet(of: broker, in: workplace, as: .init(uid: Self.stranger, gid: Self.stranger))
        #expect(try stranger.ask(RequestLine.session(1))["result"] != nil)
        let observed = broker.standardError().utf8.count
        try broker.replaceConfiguration(configuration(mode: "enforce"))
        let admin = try RawConnection(broker.socketPath + ".admin")
        let reloaded = try admin.ask(#"{"jsonrpc":"2.0","id":1,"method":"admin.Reload"}"#)
        #expect(reloaded["result"]?["policy"]?["mode"] == "enforce", "\(reloaded)")
        #expect(try stranger.ask(RequestLine.session(2)).errorType == "PermissionDenied")
        #expect(records(of: broker).last?["decision"] == "deny")
        #expect(try broker.ask(["status", "--output", "json"]).json["mode"] == "enforce")
        let since = String(decoding: broker.standardError().utf8.dropFirst(observed), as: UTF8.self)
        #expect(since.contains("the configuration was reloaded"))
        #expect(!since.contains("mode=observe"), "\(since)")
    }
}
