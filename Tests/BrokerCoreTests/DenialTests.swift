import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerCore
import BrokerWire
import JSONText
import Testing

/// What somebody hears who may not: enough to have it mended, nothing of what is others'.
@Suite struct DenialTests {
    /// `secret` is the only profile and not the caller's; its region is us-east-1.
    private func scene(grants: [Grant] = [.grant("only the chief", to: .user(7))]) -> Scene {
        Scene(profiles: [Profile(name: .named("secret"), region: .virginia, otherRegions: [.ireland])], grants: grants)
    }

    private func denial(_ scene: Scene, _ query: SessionQuery, as peer: Peer = .mallory) throws -> JSONValue {
        let error = try #require(try scene.ask(.getMacieSession(query), as: peer).reply?["error"])
        #expect(error["code"] == -32_001)
        #expect(error["data"]?["type"] == "PermissionDenied")
        #expect(error["data"]?["retryable"] == false)
        return error
    }

    @Test func `it says who asked, for what, and where a grant would be added`() throws {
        let query = SessionQuery(profile: .named("other"), region: "us-west-2")
        let error = try denial(scene(), query)
        let message = try #require(error["message"]?.string)
        for part in [
            "uid 4000000666", "macie2:GetMacieSession", "profile other", "us-west-2", "no grant names this user",
        ] {
            #expect(message.contains(part), "\(part)")
        }
        #expect(error["data"]?["remedy"]?.string?.contains("/etc/broker.yaml") == true)
    }

    @Test func `a uid that has a name is told by both`() throws {
        let error = try denial(scene(), SessionQuery(), as: Peer(uid: 0, gid: 0, pid: 1))
        #expect(error["message"]?.string?.hasPrefix("root (uid 0) may not") == true)
    }

    @Test(arguments: [
        SessionQuery(), SessionQuery(profile: .named("other")), SessionQuery(region: "us-west-2"),
        SessionQuery(profile: .named("other"), region: "us-west-2", maxAgeSeconds: 0),
    ])
    func `it never tells the rules of others, a profile or a region that the client did not name`(query: SessionQuery)
        throws
    {
        let grants = [
            Grant.grant("only the chief", to: .user(7)),
            .grant("mallory elsewhere", to: .user(Peer.mallory.uid), profiles: ["elsewhere-*"], regions: ["ap-*"]),
        ]
        for scene in [scene(), scene(grants: grants)] {
            let text = try denial(scene, query).text
            for hidden in ["secret", "us-east-1", "eu-west-1", "chief", "uid 7", "mallory", "elsewhere", "ap-"] {
                #expect(!text.contains(hidden), "\(hidden) in \(text)")
            }
        }
    }

    /// PROTOCOL.md, section 9: profiles cannot be found out by trying.
    @Test(arguments: [nil, "us-east-1", "eu-west-1", "us-west-2"] as [String?])
    func `a profile that exists and one that does not are refused in the same words`(region: String?) throws {
        for grants in [[], [Grant.grant("elsewhere", to: .everybody, profiles: ["elsewhere"])]] {
            let scene = scene(grants: grants)
            let exists = try denial(scene, SessionQuery(profile: .named("secret"), region: region)).text
            let doesNot = try denial(scene, SessionQuery(profile: .named("absent"), region: region)).text
            #expect(exists.replacing("secret", with: "absent") == doesNot)
        }
    }

    @Test func `only who is granted any name hears that a profile is not configured`() throws {
        let scene = scene(grants: [.grant("all", to: .user(Peer.alice.uid), profiles: ["*"], regions: ["*"])])
        let query = SessionQuery(profile: .named("absent"), region: "us-east-1")
        #expect(try scene.ask(.getMacieSession(query)).reply?.outcome == "InvalidParams")
        _ = try denial(scene, query)
    }

    @Test func `the record says what the reply keeps to itself`() throws {
        let scene = scene()
        _ = try denial(scene, SessionQuery())
        let record = try #require(scene.audit.records.first)
        #expect(scene.audit.records.count == 1)
        #expect(record.profile == "secret")
        #expect(record.region == "us-east-1")
        #expect(record.decision == .deny(rule: nil, at: nil, lacks: ["no grant names this user"]))
    }

    @Test func `a region that is neither listed nor configured is refused`() throws {
        let configured = Scene(grants: [.grant("configured", to: .everybody)])
        _ = try denial(configured, SessionQuery(region: "eu-west-1"))
        let listed = Scene(grants: [.grant("listed", to: .everybody, regions: ["eu-west-1"])])
        _ = try denial(listed, SessionQuery())
        #expect(try listed.ask(.getMacieSession(SessionQuery(region: "eu-west-1"))).reaction != .answered)
    }
}
