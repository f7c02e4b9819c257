import BrokerAccess
import Testing

@Suite struct PolicyTests {
    private static let action = "macie2:GetMacieSession"
    private let alice = Peer(uid: 1_000, gid: 100, pid: 42)

    private func grant(
        _ name: String = "g", who: Set<Rule.Who>, actions: [String] = [PolicyTests.action], profiles: [String]? = nil,
        regions: [String]? = ["us-east-1"]
    ) -> Rule {
        Rule(
            name: name, origin: nil, who: who, actions: actions.map { NamePattern($0) },
            profiles: profiles?.map { NamePattern($0) }, regions: regions?.map { NamePattern($0) })
    }

    private func request(
        _ action: String = PolicyTests.action, profile: String = "audit", region: String? = "us-east-1",
        regionIsConfigured: Bool = true
    ) -> AccessRequest {
        AccessRequest(action: action, profile: profile, region: region, regionIsConfigured: regionIsConfigured)
    }

    private func decide(_ grants: [Rule], _ request: AccessRequest) -> Decision {
        Policy(grants: grants).rights(of: alice).decide(request)
    }

    @Test func `what no grant allows is denied`() {
        #expect(decide([], request()) == .denied(.noGrantNamesPeer))
        #expect(decide([grant(who: [.user(1_001)])], request()) == .denied(.noGrantNamesPeer))
        #expect(decide([grant(who: [])], request()) == .denied(.noGrantNamesPeer))
        let other = grant(who: [.user(1_000)], actions: ["macie2:UpdateMacieSession"])
        #expect(decide([other], request()) == .denied(.noGrantCoversRequest))
    }

    @Test(arguments: [
        ([Rule.Who.user(1_000)], true), ([.group(100)], true), ([.everybody], true), ([.user(7), .group(100)], true),
        ([.user(100)], false), ([.group(1_000)], false), ([.user(0), .group(0)], false),
        ([.user(42), .group(42)], false),
    ])
    func `a grant names users by uid, groups by the primary gid, or everybody`(who: [Rule.Who], isAllowed: Bool) {
        let decision = decide([grant("by name", who: Set(who))], request())
        #expect(decision == (isAllowed ? .allowed(grant: "by name") : .denied(.noGrantNamesPeer)))
    }

    @Test(arguments: [
        (["macie2:GetMacieSession"], true), (["*"], true), (["macie2:*"], true), (["macie2:Get*"], true),
        (["s3:*", "macie2:*"], true), (["macie2:getmaciesession"], false), (["s3:*"], false),
        (["GetMacieSession"], false),
        ([], false),
    ])
    func `the action has to match`(actions: [String], isAllowed: Bool) {
        let decision = decide([grant(who: [.everybody], actions: actions)], request())
        #expect(decision == (isAllowed ? .allowed(grant: "g") : .denied(.noGrantCoversRequest)))
    }

    @Test(
        arguments: [
            (nil, "audit", true), (["audit"], "audit", true), (["prod", "audit"], "audit", true),
            (["aud*"], "audit", true),
            (["*"], "audit", true), (["prod"], "audit", false), (["Audit"], "audit", false),
            (["audit"], "audit2", false),
            ([], "audit", false),
        ] as [([String]?, String, Bool)])
    func `the profile has to match where the grant names profiles`(
        profiles: [String]?, profile: String, isAllowed: Bool
    ) {
        let decision = decide([grant(who: [.everybody], profiles: profiles)], request(profile: profile))
        #expect(decision == (isAllowed ? .allowed(grant: "g") : .denied(.noGrantCoversRequest)))
    }

    /// A grant without regions covers those that the profile is configured with; a list covers just what it lists.
    @Test(
        arguments: [
            (nil, "us-east-1", true, true), (nil, "us-east-1", false, false), (["us-east-1"], "us-east-1", false, true),
            (["us-east-1"], "us-east-1", true, true), (["eu-*"], "us-east-1", true, false),
            (["eu-*"], "eu-west-1", false, true),
            (["*"], "eu-west-1", false, true), ([], "us-east-1", true, false), (["eu-west-1"], nil, true, true),
            (nil, nil, true, true),
        ] as [([String]?, String?, Bool, Bool)])
    func `the region has to be listed, or else configured`(
        regions: [String]?, region: String?, isConfigured: Bool, isAllowed: Bool
    ) {
        let decision = decide(
            [grant(who: [.everybody], regions: regions)], request(region: region, regionIsConfigured: isConfigured))
        #expect(decision == (isAllowed ? .allowed(grant: "g") : .denied(.noGrantCoversRequest)))
    }

    @Test func `one grant has to cover all of it, not several a part each`() {
        let grants = [
            grant("profile", who: [.everybody], profiles: ["audit"], regions: ["eu-west-1"]),
            grant("region", who: [.everybody], profiles: ["prod"], regions: ["us-east-1"]),
        ]
        #expect(decide(grants, request()) == .denied(.noGrantCoversRequest))
    }

    @Test func `the first grant that covers a request is the one that is named`() {
        let grants = [
            grant("of others", who: [.user(7)]), grant("first", who: [.group(100)]),
            grant("second", who: [.user(1_000)]),
        ]
        #expect(decide(grants, request()) == .allowed(grant: "first"))
        #expect(Policy(grants: grants).rights(of: alice).grants.map(\.name) == ["first", "second"])
    }

    @Test func `without a configuration only one uid may do everything, root not more than others`() {
        let policy = Policy(grants: [.everything(forUser: 1_000)])
        let strange = request("sts:AssumeRole", profile: "any", region: "eu-west-1", regionIsConfigured: false)
        #expect(policy.rights(of: alice).decide(strange) == .allowed(grant: "the broker's own user"))
        let root = Peer(uid: 0, gid: 0, pid: 1)
        #expect(policy.rights(of: root).decide(strange) == .denied(.noGrantNamesPeer))
        let sameGroup = Peer(uid: 1_001, gid: 100, pid: 42)
        #expect(policy.rights(of: sameGroup).decide(strange) == .denied(.noGrantNamesPeer))
    }
}
