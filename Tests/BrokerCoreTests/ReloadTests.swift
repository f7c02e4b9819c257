import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Testing

@testable import BrokerCore

/// Another configuration comes in force: between two requests, and as a whole.
@Suite struct ReloadTests {
    private static let mallory = Rule.grant("mallory reads", to: .user(Peer.mallory.uid))
    /// The key of the usual question once a reload has come.
    private static let next = SessionKey(
        profile: .named("audit"), region: .virginia, action: "macie2:GetMacieSession", generation: 1)

    @Test func `a connection that stands has its new rights from the next request on`() async throws {
        let scene = Scene(grants: [.alice])
        var alice = Talk(scene, as: .alice)
        var mallory = Talk(scene, as: .mallory)
        #expect(alice.receive(Talk.session(1)).launches == [.audit])
        _ = mallory.receive(Talk.session(1))
        #expect(try mallory.said().outcomes == ["PermissionDenied"])
        #expect(try await scene.reload(grants: [Self.mallory])["result"] != nil)
        _ = alice.receive(Talk.session(2))
        #expect(try alice.said().outcomes == ["PermissionDenied"])
        #expect(mallory.receive(Talk.session(2)).launches == [Self.next])
    }

    @Test func `what was fetched for the old configuration is told to who asked under it, and kept for nobody`()
        async throws
    {
        let scene = Scene()
        _ = try scene.ask(id: .integer(1), connection: 1)
        _ = try await scene.reload()
        let joining = try scene.ask(id: .integer(2), connection: 2).reaction
        #expect(joining == .launch(Self.next), "not the old flight")
        #expect(try scene.land(of: .audit).map(\.connection) == [1])
        let later = try scene.ask(id: .integer(3), connection: 3).reaction
        #expect(later == .waiting, "the old answer is not in the cache")
        #expect(try scene.land(of: Self.next).map(\.connection) == [2, 3])
        #expect(try scene.ask(id: .integer(4)).reply?.outcome == "ok")
    }

    @Test func `what was cached is nobody's any more, and is counted on`() async throws {
        let scene = Scene()
        _ = try scene.ask()
        _ = try scene.land()
        #expect(try scene.ask().reply?.outcome == "ok")
        _ = try await scene.reload()
        #expect(try scene.ask().reaction == .launch(Self.next))
        #expect(try scene.status()["cache"] == ["entries": 0, "hits": 1, "misses": 2])
    }

    @Test func `limits, cache and profiles are the new ones`() async throws {
        let scene = Scene(cacheSeconds: 30)
        var limits = Limits()
        limits.requestsInFlightPerUid = 1
        limits.upstreamCallsBurstPerUid = 1
        _ = try await scene.reload(
            profiles: [Profile(name: .named("prod"), region: .ireland)], limits: limits, cacheSeconds: 0)
        let key = SessionKey(
            profile: .named("prod"), region: .ireland, action: "macie2:GetMacieSession", generation: 1)
        #expect(try scene.ask(id: .integer(1)).reaction == .launch(key))
        #expect(try scene.ask(id: .integer(2)).reply?.outcome == "TooManyInFlight")
        _ = try scene.land(of: key)
        #expect(try scene.ask(id: .integer(3)).reply?.outcome == "RateLimited", "neither cached nor beyond the burst")
        let told = try scene.ask(.discover).reply?["result"]?["x-limits"]?["requestsInFlightPerUid"]?["value"]
        #expect(told == 1)
    }

    @Test func `a user's rate is the new one, also of connections that stand`() async throws {
        let scene = Scene()
        var talk = Talk(scene)
        #expect(scene.broker.admit(talk.conversation.caller) == nil)
        _ = talk.receive(Talk.whoAmI(1))
        var limits = Limits()
        limits.requestsPerSecondPerUid = 1
        _ = try await scene.reload(limits: limits)
        _ = talk.receive(Talk.whoAmI(2) + Talk.whoAmI(3))
        #expect(try talk.said().outcomes == ["ok", "ok", "RateLimited"])
    }

    @Test func `the answer tells the policy and what waits for a restart`() async throws {
        let scene = Scene()
        let result = try #require(
            try await scene.reload(grants: [.alice, Self.mallory], needsRestart: ["socket"], at: .at(9))["result"])
        #expect(SchemaShape("Reload", at: .admin).faults(of: result) == [])
        #expect(result["needsRestart"] == ["socket"])
        #expect(result["policy"]?["grants"] == 2)
        #expect(scene.audit.events.last?.actor == AuditEvent.Actor(uid: 0, pid: 7))
        #expect(
            scene.audit.events.last?.kind
                == .reload(outcome: "ok", mode: "enforce", policySHA256: String(repeating: "a", count: 64)))
    }

    @Test func `a configuration that is wrong changes nothing, and is told with its place`() async throws {
        let scene = Scene()
        _ = try scene.ask()
        _ = try scene.land()
        let problem = "/etc/broker.yaml:3:5: unknown key grnats"
        scene.host.prepare(.failure(ConfigurationProblem(problem)))
        let error = try await scene.administer(.reload)
        #expect(error.outcome == "ConfigurationInvalid")
        #expect(error["error"]?["message"] == .string(problem))
        #expect(error["error"]?["code"] == -32_017)
        #expect(try scene.ask().reply?["result"]?["provenance"]?["cached"] == true)
        let digest = String(repeating: "a", count: 64)
        #expect(
            scene.audit.events.last?.kind == .reload(outcome: problem, mode: "enforce", policySHA256: digest))
    }

    @Test func `a reload by signal is recorded and told to nobody`() async throws {
        let scene = Scene()
        scene.broker.rotateRecord()
        #expect(scene.audit.rotations == 1)
        #expect(scene.broker.finish(.reload, with: await Errand.reload.run(on: scene.host), at: .at(0)).isEmpty)
        #expect(scene.audit.events.last?.actor == nil)
        guard case .reload("no configuration", _, _) = scene.audit.events.last?.kind else {
            Issue.record("\(scene.audit.events)")
            return
        }
    }
}
