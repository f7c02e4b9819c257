import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerCore
import BrokerWire
import JSONText
import Macie2
import Testing

/// One session request after another: policy, cache, records.
@Suite struct BrokerSessionTests {
    private func query(_ profile: String? = nil, region: String? = nil, maxAge: Int? = nil) -> Call {
        .getMacieSession(
            SessionQuery(profile: profile.flatMap { ProfileName($0) }, region: region, maxAgeSeconds: maxAge))
    }

    @Test func `a miss flies, its landing is the reply, and the next one is answered from the cache`() throws {
        let scene = Scene()
        #expect(try scene.ask(id: .string("miss")).reaction == .launch(.audit))
        #expect(scene.audit.records.isEmpty, "nothing has come of it yet")
        let landed = try scene.land(at: .at(0.25))
        #expect(landed.map(\.connection) == [1])
        #expect(landed.first?.reply["id"] == "miss")
        #expect(landed.first?.reply["result"]?["provenance"]?["cached"] == false)

        let hit = try scene.ask(id: .string("hit"), at: .at(1.25)).reply
        #expect(hit?["result"]?["session"] == ["status": "ENABLED"])
        #expect(hit?["result"]?["provenance"]?["cached"] == true)
        #expect(hit?["result"]?["provenance"]?["ageSeconds"]?.double == 1)
        #expect(scene.audit.records.map(\.id) == [.string("miss"), .string("hit")])
        #expect(scene.audit.records.map(\.cached) == [false, true])
        #expect(scene.audit.records.map(\.requestID) == ["r-1", "r-1"])
        #expect(scene.audit.records.first?.microseconds == 250_000)
    }

    @Test func `an answer has the members that the protocol documents`() throws {
        let scene = Scene()
        _ = try scene.ask()
        let reply = try #require(try scene.land().first?.reply["result"])
        #expect(SchemaShape("Provenance").faults(of: try #require(reply["provenance"])).isEmpty)
        #expect(SchemaShape("Session").faults(of: try #require(reply["session"])).isEmpty)
    }

    /// SCARS 12: a cache hit re-checks the caller's right.
    @Test func `a cached answer is refused to who may not have it, and each hit is decided and recorded`() throws {
        let scene = Scene()
        _ = try scene.ask()
        _ = try scene.land()
        for number in 1...3 {
            #expect(try scene.ask(at: .at(Double(number))).reply?.outcome == "ok")
            #expect(
                try scene.ask(as: .mallory, connection: 2, at: .at(Double(number))).reply?.outcome == "PermissionDenied"
            )
        }
        let records = scene.audit.records.dropFirst()
        #expect(records.count == 6)
        #expect(
            records.filter { $0.origin.peer == .alice }.allSatisfy {
                $0.decision == .allow(rule: "alice reads", at: nil)
            })
        #expect(records.filter { $0.origin.peer == .mallory }.allSatisfy { $0.decision.isDenied })
        #expect(
            records.filter { $0.origin.peer == .mallory }.allSatisfy { !$0.cached && $0.outcome == "PermissionDenied" })
    }

    @Test(
        arguments: [(nil, 29.0, true), (nil, 30, false), (10, 10, true), (10, 10.5, false), (0, 0, false)]
            as [(Int?, Double, Bool)])
    func `the asker's own limit of age can only narrow the cache's`(maxAge: Int?, age: Double, isAnswered: Bool) throws
    {
        let scene = Scene()
        _ = try scene.ask()
        _ = try scene.land()
        let reaction = try scene.ask(query(maxAge: maxAge), at: .at(age)).reaction
        #expect(reaction == (isAnswered ? .answered : .launch(.audit)))
    }

    @Test func `what is asked now replaces what was kept`() throws {
        let scene = Scene()
        _ = try scene.ask()
        _ = try scene.land()
        _ = try scene.ask(query(maxAge: 0), at: .at(1))
        _ = try scene.land(.session(.init(status: "PAUSED"), requestID: nil, attempts: 1), at: .at(1))
        #expect(try scene.ask(at: .at(2)).reply?["result"]?["session"] == ["status": "PAUSED"])
    }

    @Test func `the profile and region that are asked for are those of the flight`() throws {
        let scene = Scene(
            profiles: [.audit, Profile(name: .named("prod"), region: .ireland)],
            grants: [.grant("all", to: .everybody, regions: ["*"])])
        for (call, profile, region) in [
            (query("audit"), "audit", "us-east-1"), (query("prod"), "prod", "eu-west-1"),
            (query("audit", region: "eu-west-1"), "audit", "eu-west-1"),
        ] {
            guard case .launch(let key) = try scene.ask(call).reaction else {
                Issue.record("no flight")
                continue
            }
            #expect(key.profile.name == profile)
            #expect(key.region.name == region)
        }
    }

    @Test func `the profile of a request that names none is the one called default, or the only one`() throws {
        let everything = [Rule.grant("all", to: .everybody)]
        let named = Profile(name: .named("default"), region: .ireland)
        let other = Profile(name: .named("prod"), region: .virginia)
        #expect(try Scene(profiles: [.audit, named], grants: everything).ask().reaction.profile == "default")
        #expect(try Scene(profiles: [.audit], grants: everything).ask().reaction.profile == "audit")
        #expect(try Scene(profiles: [.audit, other], grants: everything).ask().reply?.outcome == "InvalidParams")
    }

    @Test(
        arguments: [
            ("no region anywhere", nil, nil), ("a profile nobody configured", "nobody", "us-east-1"),
            ("no name of a region", nil, "1-no-letter"), ("ends in a dash", nil, "us-"),
        ] as [(String, String?, String?)])
    func `what cannot be asked of AWS is told to who was granted it`(case: String, profile: String?, region: String?)
        throws
    {
        let scene = Scene(
            profiles: [Profile(name: .named("audit"), region: nil)],
            grants: [.grant("all", to: .everybody, profiles: ["*"], regions: ["*"])])
        #expect(try scene.ask(query(profile, region: region)).reply?.outcome == "InvalidParams")
        #expect(scene.broker.waiting == 0)
    }

    @Test func `records are committed at the end of the turn`() throws {
        let scene = Scene()
        _ = try scene.ask(.whoAmI)
        #expect(scene.audit.commits == 0)
        _ = scene.broker.endTurn()
        #expect(scene.audit.commits == 1)
    }

    @Test(arguments: [Call.whoAmI, .status, .discover])
    func `what anybody may ask is recorded too`(call: Call) throws {
        let scene = Scene(grants: [])
        #expect(try scene.ask(call, as: .mallory).reply?.outcome == "ok")
        #expect(scene.audit.records.map(\.action) == [call.method.rawValue])
        #expect(scene.audit.records.map(\.outcome) == ["ok"])
        #expect(scene.audit.records.map(\.origin.peer) == [.mallory])
    }
}

extension Broker.Reaction {
    fileprivate var profile: String? { if case .launch(let key) = self { key.profile.name } else { nil } }
}
