import Foundation
import JSONText
import Testing

/// kill -9 in the middle of everything, again and again.
@Suite struct AuditCrashTests {
    private static let rounds = 50

    @Test func `after fifty crashes under load the chain is whole, and every reply has its record`() throws {
        let workplace = try Workplace()
        let simulator = try Simulator(in: workplace)
        let audit = AuditFiles(workplace.path + "/audit.jsonl")
        let configuration = try simulator.configuration(
            in: workplace,
            """
            audit: {file: \(audit.path), rotateBytes: 1000000}
            limits: {upstreamCallsBurstPerUid: 1000000}
            """)
        var answered: [String] = []
        var outcomes: [String: Int] = [:]
        for round in 1...Self.rounds {
            let broker = try BrokerProcess.start(configuration: configuration, in: workplace)
            // Each time at another moment, from the first replies to the rotation of files.
            let load = try AuditLoad(broker, named: "r\(round)", after: round * round, in: workplace)
            broker.signal(SIGKILL)
            #expect(broker.waitForExit(seconds: 20) == 128 + SIGKILL)
            outcomes.merge(try load.finish()) { $0 + $1 }
            answered.append(load.answers)
        }
        let last = try BrokerProcess.start(configuration: configuration, in: workplace)
        #expect(try last.ask(["session"]).status == 0)
        last.signal(SIGTERM)
        #expect(last.waitForExit(seconds: 20) == 0)

        let summary = try audit.verify(answered: answered)
        #expect(summary["first"] == 1)
        #expect(summary["events"]?["start"] == JSONValue(Self.rounds + 1))
        #expect(summary["events"]?["stop"] == 1)
        #expect(summary["answered"] == JSONValue(outcomes.values.reduce(0, +)))
        #expect(outcomes["ok"] ?? 0 > 1_000 && outcomes["PermissionDenied"] ?? 0 > 100, "\(outcomes)")
        #expect(Set(outcomes.keys) == ["ok", "PermissionDenied"], "\(outcomes)")
    }
}
