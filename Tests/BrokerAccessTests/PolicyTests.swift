import BrokerAccess
import Testing
import Timestamps

/// What one rule covers, but for the process that asks.
@Suite struct PolicyTests {
    @Test func `what no grant allows is denied`() {
        #expect(decide([]) == "deny, no grants")
        #expect(decide([rule(who: [.user(1_001)])]) == "deny, nearest g lacks caller")
        #expect(decide([rule(who: [])]) == "deny, nearest g lacks caller")
        #expect(decide([rule(actions: ["macie2:UpdateMacieSession"])]) == "deny, nearest g lacks action")
    }

    @Test(arguments: [
        ([Rule.Who.user(1_000)], true), ([.group(100)], true), ([.group(200)], true), ([.group(300)], true),
        ([.everybody], true), ([.user(7), .group(100)], true), ([.user(7), .group(300)], true),
        ([.user(100)], false), ([.user(200)], false), ([.group(1_000)], false), ([.user(0), .group(0)], false),
        ([.user(42), .group(42)], false), ([.group(250)], false),
    ])
    func `a rule names users by uid, groups by any gid of the peer, or everybody`(who: [Rule.Who], isNamed: Bool) {
        #expect(decide([rule(who: Set(who))]) == (isNamed ? "allow g" : "deny, nearest g lacks caller"))
        let denied = decide([rule(), rule(.deny, "d", who: Set(who))])
        #expect(denied == (isNamed ? "deny by d" : "allow g"))
    }

    @Test(arguments: [
        (["macie2:GetMacieSession"], true), (["*"], true), (["macie2:*"], true), (["macie2:Get*"], true),
        (["s3:*", "macie2:*"], true), (["macie2:getmaciesession"], false), (["s3:*"], false),
        (["GetMacieSession"], false), ([], false),
    ])
    func `the action has to match`(actions: [String], matches: Bool) {
        #expect(decide([rule(actions: actions)]) == (matches ? "allow g" : "deny, nearest g lacks action"))
        #expect(decide([rule(), rule(.deny, "d", actions: actions)]) == (matches ? "deny by d" : "allow g"))
    }

    @Test(
        arguments: [
            (nil, "audit", true), (["audit"], "audit", true), (["prod", "audit"], "audit", true),
            (["aud*"], "audit", true), (["*"], "audit", true), (["prod"], "audit", false), (["Audit"], "audit", false),
            (["audit"], "audit2", false), ([], "audit", false),
        ] as [([String]?, String, Bool)])
    func `the profile has to match where the rule names profiles`(profiles: [String]?, profile: String, matches: Bool) {
        let request = request(profile: profile)
        #expect(decide([rule(profiles: profiles)], request) == (matches ? "allow g" : "deny, nearest g lacks profile"))
        #expect(decide([rule(), rule(.deny, "d", profiles: profiles)], request) == (matches ? "deny by d" : "allow g"))
    }

    /// A rule without regions covers those that the profile is configured with; a list covers just what it lists.
    @Test(
        arguments: [
            (nil, "us-east-1", true, true), (nil, "us-east-1", false, false), (["us-east-1"], "us-east-1", false, true),
            (["us-east-1"], "us-east-1", true, true), (["eu-*"], "us-east-1", true, false),
            (["eu-*"], "eu-west-1", false, true), (["*"], "eu-west-1", false, true), ([], "us-east-1", true, false),
            (["eu-west-1"], nil, true, true), (nil, nil, true, true),
        ] as [([String]?, String?, Bool, Bool)])
    func `the region has to be listed, or else configured`(
        regions: [String]?, region: String?, isConfigured: Bool, matches: Bool
    ) {
        let request = request(region: region, regionIsConfigured: isConfigured)
        #expect(decide([rule(regions: regions)], request) == (matches ? "allow g" : "deny, nearest g lacks region"))
        let rules = [rule(regions: ["*"]), rule(.deny, "d", regions: regions)]
        #expect(decide(rules, request) == (matches ? "deny by d" : "allow g"))
    }

    @Test(arguments: [(-1, true), (0, true), (1, false)])
    func `a rule holds up to its last instant and not after it`(nanoseconds: Int32, holds: Bool) {
        let end = Timestamp(seconds: noon.seconds, nanoseconds: 500)
        let now = Timestamp(seconds: noon.seconds, nanoseconds: 500 + nanoseconds)
        #expect(decide([rule(notAfter: end)], at: now) == (holds ? "allow g" : "deny, nearest g lacks time"))
        #expect(decide([rule(), rule(.deny, "d", notAfter: end)], at: now) == (holds ? "deny by d" : "allow g"))
    }

    @Test(
        arguments: [
            (nil, nil, true), (nil, 0, true), (30, nil, true), (30, 30, true), (30, 31, true), (30, 29, false),
            (30, 0, false), (0, 0, true), (1, 0, false),
        ] as [(Int?, Int?, Bool)])
    func `a grant with a floor lets nobody ask for a younger answer`(floor: Int?, asked: Int?, allowed: Bool) {
        let decision = decide([rule(maxAgeAtLeast: floor)], request(maxAgeSeconds: asked))
        #expect(decision == (allowed ? "allow g" : "deny, nearest g lacks freshness"))
    }

    @Test func `one grant has to cover all of it, not several a part each`() {
        let grants = [
            rule(.grant, "a", profiles: ["audit"], regions: ["eu-west-1"]),
            rule(.grant, "b", profiles: ["prod"], regions: ["us-east-1"]),
        ]
        #expect(decide(grants) == "deny, nearest a lacks region")
    }

    @Test func `the first grant that covers a request is the one that is named`() {
        let grants = [
            rule(.grant, "of others", who: [.user(7)]), rule(.grant, "first", who: [.group(300)]),
            rule(.grant, "second", who: [.user(1_000)]),
        ]
        #expect(decide(grants) == "allow first")
        #expect(Policy(grants: grants).rights(of: alice).grants.map(\.name) == ["first", "second"])
    }

    @Test func `a deny wins over every grant, wherever it stands, and only over what it covers`() {
        let rules = [
            rule(.grant, "all", actions: ["*"], regions: ["*"]), rule(.deny, "of others", who: [.user(7)]),
            rule(.deny, "no eu", regions: ["eu-*"]), rule(.deny, "no eu either", regions: ["eu-west-1"]),
        ]
        #expect(decide(rules, request(region: "eu-west-1")) == "deny by no eu")
        #expect(decide(rules) == "allow all")
        #expect(Policy(grants: [], denies: rules.filter { $0.kind == .deny }).rights(of: alice).denies.count == 2)
    }

    @Test func `what would be denied is let through while policy observes, for the same reason`() {
        let deny = rule(.deny, "d", regions: ["eu-*"])
        #expect(decide([], mode: .observe) == "would deny, no grants")
        #expect(decide([rule(actions: ["a:B"])], mode: .observe) == "would deny, nearest g lacks action")
        #expect(decide([rule(), deny], request(region: "eu-west-1"), mode: .observe) == "would deny by d")
        #expect(decide([rule(), deny], mode: .observe) == "allow g")
    }

    @Test func `without a configuration only one uid may do everything, root not more than others`() {
        let own = [Rule.everything(forUser: 1_000)]
        let strange = request("sts:AssumeRole", profile: "any", region: "eu-west-1", regionIsConfigured: false)
        #expect(decide(own, strange) == "allow the broker's own user")
        #expect(decide(own, strange, by: Peer(uid: 0, gid: 0, pid: 1)).hasSuffix("lacks caller"))
        #expect(decide(own, strange, by: Peer(uid: 1_001, gid: 100, pid: 42, groups: [200])).hasSuffix("lacks caller"))
    }

    @Test func `a peer's groups are kept in order, each once, and the primary one counts as one`() {
        let peer = Peer(uid: 1, gid: 5, pid: 1, groups: [9, 3, 9, 7])
        #expect(peer.groups == [3, 7, 9])
        #expect([3, 5, 7, 9].allSatisfy { peer.isMember(of: $0) })
        #expect(!peer.isMember(of: 4))
        #expect(!peer.isMember(of: 1))
    }
}
