import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Testing

@testable import BrokerCore

/// Mode observe: nothing is refused, and what would be is recorded.
@Suite struct ObserveTests {
    private func scene(grants: [Rule] = [.alice], denies: [Rule] = []) -> Scene {
        Scene(grants: grants, denies: denies, mode: .observe)
    }

    @Test func `what policy would deny is answered, and recorded as what it would be`() throws {
        let scene = scene()
        #expect(try scene.ask(as: .mallory).reaction == .launch(.audit))
        #expect(try scene.land().map { $0.reply.outcome } == ["ok"])
        #expect(try scene.ask(as: .mallory).reply?.outcome == "ok", "from the cache too")
        let record = try #require(scene.audit.records.last)
        #expect(record.decision == .wouldDeny(rule: "alice reads", at: nil, lacks: ["caller"]))
        #expect(record.outcome == "ok" && record.cached)
        #expect(scene.audit.records.map(\.decision) == [record.decision, record.decision])
    }

    @Test func `a deny is observed too, by its name`() throws {
        let deny = Rule(.deny, name: "not alice", origin: "b.yaml:7", who: [.everybody], actions: [NamePattern("*")])
        let scene = scene(denies: [deny])
        #expect(try scene.ask().reaction == .launch(.audit))
        _ = try scene.land()
        #expect(scene.audit.records.map(\.decision) == [.wouldDeny(rule: "not alice", at: "b.yaml:7", lacks: [])])
    }

    @Test func `what is granted is recorded as allowed`() throws {
        let scene = scene()
        _ = try scene.ask()
        _ = try scene.land()
        #expect(scene.audit.records.map(\.decision) == [.allow(rule: "alice reads", at: nil)])
    }

    @Test func `everything that tells of the policy says so`() async throws {
        let scene = scene()
        #expect(try scene.status()["mode"] == "observe")
        #expect(try scene.ask(.whoAmI).reply?["result"]?["mode"] == "observe")
        #expect(try scene.askAdmin(.status).reply?["result"]?["policy"]?["mode"] == "observe")
        let query = ExplainQuery(action: "macie2:GetMacieSession")
        let told = try #require(try scene.ask(.explain(query), as: .mallory).reply?["result"])
        #expect(SchemaShape("Explain").faults(of: told) == [])
        #expect(told["allowed"] == false && told["mode"] == "observe")
        let admin = try await scene.administer(.explain(AdminExplainQuery(user: "7", query: query)))
        #expect(admin["result"]?["allowed"] == false && admin["result"]?["mode"] == "observe")
        #expect(
            scene.audit.events.first?.kind
                == .start(
                    version: "1.2.3", pid: 812, mode: "observe", policySHA256: String(repeating: "a", count: 64)))
    }

    @Test func `a lock holds in this mode too`() async throws {
        let scene = scene()
        _ = try await scene.administer(.lock(passphrase()))
        #expect(try scene.ask(as: .mallory).reply?.outcome == "Locked")
    }
}
