import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Testing

@testable import BrokerCore

/// What happens to requests while no record can be written.
@Suite struct AuditUnavailableTests {
    @Test(arguments: [
        Call.getMacieSession(SessionQuery()), .getMacieSession(SessionQuery(maxAgeSeconds: 0)), .whoAmI, .status,
        .discover, .explain(ExplainQuery(action: "macie2:GetMacieSession")),
    ])
    func `what cannot be recorded is refused before anything is done`(call: Call) throws {
        let scene = Scene()
        _ = try scene.ask()
        _ = try scene.land()
        let records = scene.audit.records.count
        scene.audit.isAvailable = false
        let reply = try #require(try scene.ask(call, at: .at(1)).reply)
        #expect(reply.outcome == "AuditUnavailable")
        #expect(reply["error"]?["data"]?["retryAfterSeconds"]?.double == 1)
        #expect(scene.broker.waiting == 0)
        #expect(scene.audit.records.count == records)
    }

    @Test func `once it can be recorded again it is answered, and how many were refused is told`() throws {
        let scene = Scene()
        scene.audit.isAvailable = false
        for _ in 1...5 { _ = try scene.ask(.whoAmI) }
        scene.broker.lookAfter(at: .at(1))
        #expect(scene.audit.events.count == 1, "only the start: nothing can be told yet")
        scene.audit.isAvailable = true
        scene.broker.lookAfter(at: .at(2))
        #expect(
            scene.audit.events.map(\.kind).contains(
                .auditUnavailable(reason: "no place for their records", refused: 5)))
        #expect(try scene.ask(.whoAmI).reply?.outcome == "ok")
        scene.broker.lookAfter(at: .at(3))
        #expect(scene.audit.events.filter { if case .auditUnavailable = $0.kind { true } else { false } }.count == 1)
    }

    @Test func `a turn whose records could not be written keeps its replies to itself`() throws {
        let scene = Scene()
        _ = try scene.ask(.whoAmI)
        #expect(scene.broker.endTurn())
        scene.audit.takes = false
        _ = try scene.ask(.whoAmI)
        #expect(!scene.broker.endTurn())
    }

    @Test func `where that is configured it is answered all the same`() throws {
        let scene = Scene(refusesUnrecorded: false)
        scene.audit.takes = false
        scene.audit.isAvailable = false
        #expect(try scene.ask(.whoAmI).reply?.outcome == "ok")
        #expect(try scene.ask().reaction == .launch(.audit))
        #expect(try scene.land().map { $0.reply.outcome } == ["ok"])
        #expect(scene.broker.endTurn())
    }

    @Test(arguments: [true, false])
    func `the operator is told when it is seen, once a minute, and when it is over`(refuses: Bool) {
        let scene = Scene(refusesUnrecorded: refuses)
        scene.broker.lookAfter(at: .at(0))
        #expect(scene.host.told == [])
        scene.audit.isAvailable = false
        for second in 1...120 { scene.broker.lookAfter(at: .at(Double(second))) }
        let failing = OperatorNotice.recordsFail(reason: "the test says so", requestsAreRefused: refuses)
        #expect(scene.host.told == [failing, failing])
        scene.audit.isAvailable = true
        for second in 121...300 { scene.broker.lookAfter(at: .at(Double(second))) }
        #expect(scene.host.told == [failing, failing, .recordsAreBack])
    }

    @Test func `a failure that is over by the next look is told too`() {
        let scene = Scene()
        scene.audit.isAvailable = false
        scene.audit.recovers = true
        scene.broker.lookAfter(at: .at(1))
        #expect(
            scene.host.told
                == [.recordsFail(reason: "the test says so", requestsAreRefused: true), .recordsAreBack])
    }
}
