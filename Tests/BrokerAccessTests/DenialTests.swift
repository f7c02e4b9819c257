import BrokerAccess
import Testing
import Timestamps

/// Which grant is told as the nearest, and what of it the client hears.
@Suite struct DenialTests {
    @Test(
        arguments: [
            (
                [rule(.grant, "a", actions: ["a:B"], regions: ["eu-*"]), rule(.grant, "b", regions: ["eu-*"])], "b",
                ["region"]
            ),
            ([rule(.grant, "a", regions: ["eu-*"]), rule(.grant, "b", profiles: ["prod"])], "a", ["region"]),
            ([rule(.grant, "a", who: [.user(7)]), rule(.grant, "b", profiles: ["prod"])], "a", ["caller"]),
            (
                [
                    rule(
                        .grant, "a", who: [.user(7)], actions: ["a:B"], profiles: ["prod"], regions: ["eu-*"],
                        executables: ["/a"], units: ["a"], notAfter: Timestamp(seconds: 0), maxAgeAtLeast: 60)
                ],
                "a", ["caller", "action", "profile", "region", "executable", "unit", "time", "freshness"]
            ),
            (
                [
                    rule(.grant, "three", actions: ["a:B"], profiles: ["p"], regions: ["eu-*"]),
                    rule(.grant, "two", actions: ["a:B"], profiles: ["p"]),
                    rule(.grant, "two again", profiles: ["p"], regions: ["eu-*"]),
                ], "two", ["action", "profile"]
            ),
        ] as [([Rule], String, [String])])
    func `the nearest grant lacks least, the first of several`(grants: [Rule], name: String, lacks: [String]) {
        let decision = decide(grants, request(maxAgeSeconds: 0))
        #expect(decision == "deny, nearest \(name) lacks \(lacks.joined(separator: ", "))")
    }

    private func reason(_ rules: [Rule], _ request: AccessRequest = request()) -> String? {
        Policy(grants: rules.filter { $0.kind == .grant }, denies: rules.filter { $0.kind == .deny })
            .rights(of: alice).decide(request, at: noon) { .ended }.denial?.reason
    }

    @Test func `the client hears its own rules and never another's`() {
        let secret = rule(.grant, "only the chief", who: [.user(7)])
        #expect(reason([]) == "no grant names this user")
        #expect(reason([secret]) == "no grant names this user")
        #expect(
            reason([secret, rule(.grant, "mine", profiles: ["prod"], regions: ["eu-*"])])
                == "no grant of this user covers the action, profile and region")
        #expect(reason([rule(), rule(.deny, "not today")]) == "the rule not today denies it")
    }

    @Test(
        arguments: [
            (rule(executables: ["/a"]), "is for certain programs"), (rule(units: ["a"]), "is for certain units"),
            (rule(notAfter: Timestamp(seconds: 0)), "has ended"),
            (rule(maxAgeAtLeast: 30), "allows no maxAgeSeconds below 30"),
            (
                rule(regions: ["eu-*"], units: ["a"], maxAgeAtLeast: 30),
                "is for other regions, is for certain units, allows no maxAgeSeconds below 30"
            ),
        ] as [(Rule, String)])
    func `what its own rule asks of the process, the time and freshness is told`(rule: Rule, words: String) {
        let secret = BrokerAccessTests.rule(.grant, "only the chief", who: [.user(7)])
        let told = reason([secret, rule], request(maxAgeSeconds: 0))
        #expect(told == "no grant of this user covers it; the nearest, g, \(words)")
    }
}
