import Foundation
import JSONText
import Testing

/// kill -9 in the middle of everything, again and again.
@Suite struct AuditCrashTests {
    private static let rounds = 25

    private let workplace: Workplace
    private let simulator: Simulator
    private let audit: AuditFiles
    private let configuration: String

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
        audit = AuditFiles(workplace.path + "/audit.jsonl")
        configuration = try simulator.configuration(
            in: workplace,
            """
            audit: {file: \(audit.path), rotateBytes: 1000000}
            limits: {upstreamCallsBurstPerUid: 1000000}
            """)
    }

    private func start() throws -> BrokerProcess {
        try BrokerProcess.start(configuration: configuration, in: workplace)
    }

    @Test func `after fifty crashes under load the chain is whole, and every reply has its record`() throws {
        var answered: [String] = []
        var outcomes: [String: Int] = [:]
        for round in 1...Self.rounds {
            try simulator.behave(#"{"kind":"normal"}"#)
            // At another moment each time, from the first replies to beyond the first rotation of the file.
            let loaded = try start()
            let load = try AuditLoad(
                loaded, named: "load\(round)", after: 4 * round * round, kills: true, in: workplace)
            #expect(loaded.waitForExit(seconds: 20) == 128 + SIGKILL)
            outcomes.merge(try load.finish()) { $0 + $1 }
            // While many who waited for the same answer get it.
            try simulator.behave(#"{"kind":"slow","milliseconds":100}"#)
            let crowded = try start()
            let crowd = try AuditCrowd(crowded, named: "crowd\(round)", in: workplace)
            #expect(crowded.waitForExit(seconds: 20) == 128 + SIGKILL)
            outcomes.merge(try crowd.outcomes()) { $0 + $1 }
            answered += [load.answers, crowd.answers]
        }
        let last = try start()
        #expect(try last.ask(["session"]).status == 0)
        last.signal(SIGTERM)
        #expect(last.waitForExit(seconds: 20) == 0)

        let summary = try audit.verify(answered: answered)
        #expect(summary["first"] == 1)
        #expect(summary["events"]?["start"] == JSONValue(2 * Self.rounds + 1))
        #expect(summary["events"]?["stop"] == 1)
        #expect(summary["answered"] == JSONValue(outcomes.values.reduce(0, +)))
        #expect(outcomes["ok"] ?? 0 > 1_000 && outcomes["PermissionDenied"] ?? 0 > 100, "\(outcomes)")
        #expect(Set(outcomes.keys) == ["ok", "PermissionDenied"], "\(outcomes)")
    }
}
