import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerWire
import Testing
import Timestamps

@testable import BrokerCore

/// Limits that were met and credentials that changed: told, and never as a flood.
@Suite struct BrokerWatchTests {
    private let audit = ScriptedAudit()

    private func look(
        _ watch: inout BrokerWatch, _ states: [String: CredentialState.Readiness] = [:], at seconds: Double
    ) {
        watch.look(IdleUpstream(states: states), Profiles([.audit]), audit, at: .at(seconds))
    }

    private var limits: [AuditEvent.Kind] {
        audit.events.map(\.kind).filter { if case .limit = $0 { true } else { false } }
    }

    @Test func `how often each user met each limit is told once, with the time it took`() {
        var watch = BrokerWatch(since: .at(0))
        for _ in 1...10_000 { watch.met("requestsPerSecondPerUid", uid: 7) }
        watch.met("requestsPerSecondPerUid", uid: 8)
        watch.met("connectionsPerUid", uid: 7)
        look(&watch, at: 2.5)
        let told: [AuditEvent.Kind] = [
            .limit(name: "requestsPerSecondPerUid", uid: 7, count: 10_000, seconds: 3),
            .limit(name: "requestsPerSecondPerUid", uid: 8, count: 1, seconds: 3),
            .limit(name: "connectionsPerUid", uid: 7, count: 1, seconds: 3),
        ]
        #expect(limits.count == 3)
        #expect(told.allSatisfy(limits.contains))
        look(&watch, at: 3)
        #expect(limits.count == 3, "told is told")
        watch.met("connectionsPerUid", uid: 7)
        look(&watch, at: 3.25)
        #expect(limits.last == .limit(name: "connectionsPerUid", uid: 7, count: 1, seconds: 1))
    }

    @Test func `beyond a thousand users they are told of together`() {
        var watch = BrokerWatch(since: .at(0))
        for uid in UInt32(1)...100_000 { watch.met("connections", uid: uid) }
        look(&watch, at: 1)
        #expect(limits.count == 1_025)
        #expect(limits.contains(.limit(name: "connections", uid: nil, count: 100_000 - 1_024, seconds: 1)))
    }

    @Test func `while there is no place for it it is kept, and told later`() {
        var watch = BrokerWatch(since: .at(0))
        audit.isAvailable = false
        watch.met("connections", uid: 7)
        look(&watch, at: 1)
        #expect(audit.events.isEmpty)
        watch.met("connections", uid: 7)
        audit.isAvailable = true
        look(&watch, at: 10)
        #expect(limits == [.limit(name: "connections", uid: 7, count: 2, seconds: 10)])
    }

    @Test func `credentials are told at the first look, and then when they have changed`() {
        var watch = BrokerWatch(since: .at(0))
        func told(_ readiness: CredentialState.Readiness, at seconds: Double) -> [AuditEvent.Kind] {
            let before = audit.events.count
            look(&watch, ["audit": readiness], at: seconds)
            return audit.events.dropFirst(before).map(\.kind)
        }
        func credentials(_ state: String, until end: Timestamp? = nil) -> AuditEvent.Kind {
            .credentials(profile: "audit", source: "environment", state: state, expiresAt: end)
        }
        #expect(told(.untried, at: 1) == [credentials("untried")])
        #expect(told(.ready(expiresAt: nil), at: 2) == [credentials("ready")])
        #expect(told(.ready(expiresAt: nil), at: 3) == [])
        #expect(told(.ready(expiresAt: .at(60)), at: 4) == [credentials("ready", until: .at(60))])
        #expect(told(.unavailable(reason: "gone"), at: 5) == [credentials("unavailable: gone")])
        #expect(told(.unavailable(reason: "gone"), at: 6) == [])
    }

    @Test func `requests and connections meet limits, and what is left is told when the broker stops`() throws {
        var limits = Limits()
        limits.requestsInFlightPerConnection = 1
        limits.connectionsPerUid = 1
        let scene = Scene(limits: limits)
        #expect(scene.broker.admit(scene.broker.caller(.alice, connection: 1, at: .at(0))) == nil)
        #expect(scene.broker.admit(scene.broker.caller(.alice, connection: 2, at: .at(0))) != nil)
        _ = try scene.ask(inFlight: 1)
        scene.broker.stop(at: .at(1))
        let kinds = scene.audit.events.map(\.kind)
        #expect(kinds.contains(.limit(name: "connectionsPerUid", uid: Peer.alice.uid, count: 1, seconds: 1)))
        #expect(
            kinds.contains(.limit(name: "requestsInFlightPerConnection", uid: Peer.alice.uid, count: 1, seconds: 1)))
        #expect(kinds.last == .stop)
        #expect(scene.audit.commits == 1)
    }
}
