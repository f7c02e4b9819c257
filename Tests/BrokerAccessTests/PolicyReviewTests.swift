import BrokerAccess
import Testing
import Timestamps

/// What `macie-brokerd --check` remarks about rules.
@Suite struct PolicyReviewTests {
    private func findings(_ rules: [Rule], at now: Timestamp = noon) -> [String] {
        let policy = Policy(
            grants: rules.filter { $0.kind == .grant }, denies: rules.filter { $0.kind == .deny })
        let surroundings = PolicyReview.Surroundings(
            profiles: [
                .init(name: "audit", regions: ["us-east-1", "eu-west-1"]), .init(name: "bare", regions: []),
            ],
            actions: ["macie2:GetMacieSession", "macie2:GetFindings"], isRegion: { $0 != "EU" },
            realPath: { ["/bin/sh": "/usr/bin/dash", "/usr/bin/dash": "/usr/bin/dash"][$0] }, now: now)
        return PolicyReview(policy, in: surroundings).findings.map { "\($0.rule.name) \($0.problem)" }
    }

    @Test func `rules that mean what they say are passed over`() {
        #expect(findings([]).isEmpty)
        #expect(
            findings([
                rule(profiles: ["audit"], regions: nil), rule(actions: ["macie2:Get*", "*:List*", "s3:PutObject"]),
                rule(executables: ["/usr/bin/dash", "/gone"]), rule(executables: ["/gone/*"]),
                rule(regions: ["EU", "us-*"]), rule(notAfter: noon),
                rule(.deny, "d", actions: ["*"], regions: ["eu-*"]),
            ]).isEmpty)
    }

    @Test(
        arguments: [
            (rule(actions: ["s3:PutObject"]), "the broker knows no such action"),
            (rule(.deny, actions: ["macie2:getmaciesession"]), "the broker knows no such action"),
            (rule(profiles: ["prod", "aud"]), "no such profile is configured"),
            (
                rule(profiles: ["bare"], regions: nil),
                "its profiles are configured with no region, and it names none"
            ),
            (rule(regions: ["EU"]), "no region is called that"),
            (rule(executables: ["/gone"]), "there is no /gone on this host"),
            (rule(executables: ["/bin/sh"]), "/bin/sh is another name of /usr/bin/dash, which the kernel goes by"),
            (rule(notAfter: Timestamp(seconds: noon.seconds - 1)), "it ended at 2026-03-01T11:59:59Z"),
        ] as [(Rule, String)])
    func `a rule that can never match is told with what is in its way`(rule: Rule, obstacle: String) {
        #expect(findings([rule]) == ["g can never match: \(obstacle)"])
    }

    /// Each with a deny that takes it back, and one that almost does.
    @Test(
        arguments: [
            (rule(), rule(.deny, "d"), rule(.deny, "d", who: [.user(7)])),
            (
                rule(who: [.user(7), .group(8)]), rule(.deny, "d", who: [.user(7), .group(8), .user(9)]),
                rule(.deny, "d", who: [.user(7)])
            ),
            (
                rule(actions: ["macie2:Get*"]), rule(.deny, "d", actions: ["macie2:*"]),
                rule(.deny, "d", actions: ["macie2:GetFindings"])
            ),
            (rule(), rule(.deny, "d", profiles: ["*"]), rule(.deny, "d", profiles: ["audit"])),
            (
                rule(profiles: ["audit"], regions: nil), rule(.deny, "d", regions: ["us-*", "eu-*"]),
                rule(.deny, "d", regions: ["us-*"])
            ),
            (
                rule(regions: ["eu-*", "us-east-1"]), rule(.deny, "d", regions: ["e*", "us-east-*"]),
                rule(.deny, "d", regions: ["eu-west-*", "us-east-1"])
            ),
            (
                rule(profiles: ["audit"], regions: ["us-east-1"]), rule(.deny, "d", regions: nil),
                rule(.deny, "d", regions: ["us-west-1"])
            ),
            (
                rule(executables: ["/opt/ci/bin/*"], units: ["ci.service"]),
                rule(.deny, "d", executables: ["/opt/*"]), rule(.deny, "d", executables: ["/opt/*/a"])
            ),
            (
                rule(units: ["ci.service"]), rule(.deny, "d", units: ["*.service"]),
                rule(.deny, "d", units: ["ci.scope"])
            ),
            (rule(), rule(.deny, "d"), rule(.deny, "d", units: ["*"])),
            (
                rule(notAfter: noon), rule(.deny, "d", notAfter: noon),
                rule(.deny, "d", notAfter: Timestamp(seconds: noon.seconds, nanoseconds: -1).adding(seconds: -1))
            ),
            (rule(), rule(.deny, "d"), rule(.deny, "d", notAfter: noon)),
            (rule(maxAgeAtLeast: 30), rule(.deny, "d"), rule(.deny, "d", profiles: ["bare"])),
        ] as [(Rule, Rule, Rule)])
    func `a grant that a deny takes back is told, one of which something is left is not`(
        grant: Rule, deny: Rule, almost: Rule
    ) {
        #expect(findings([grant, deny]) == ["g never allows anything: all of it is denied by d"])
        #expect(!findings([grant, almost]).contains { $0.hasPrefix("g never allows") })
    }

    @Test(arguments: ["*", "macie2:*", "*:*", "macie2:Enable*", "macie2:G*", "mac*", "*Get*", "macie2:get*"])
    func `a wildcard that also covers what changes things is told`(pattern: String) {
        let found = findings([rule(actions: ["macie2:GetMacieSession", pattern])])
        #expect(found == ["g allows more than reading: \(pattern) will also cover actions that change things"])
        #expect(findings([rule(.deny, actions: ["macie2:GetMacieSession", pattern])]).isEmpty)
    }

    @Test func `what is said of several rules comes in their order`() {
        let found = findings([
            rule(.deny, "d", actions: ["a:B"]), rule(.grant, "x", actions: ["a:*"]), rule(.grant, "y", profiles: ["z"]),
        ])
        #expect(found.map { $0.prefix(1) } == ["x", "x", "y", "d"])
    }
}
