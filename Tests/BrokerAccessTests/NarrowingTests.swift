import BrokerAccess
import Testing
import Timestamps

/// What the process that asks decides; and what holds when nothing is known of it.
@Suite struct NarrowingTests {
    private static func running(
        _ executable: String?, _ unit: String?, executableDoubt: String? = nil, unitDoubt: String? = nil
    ) -> ProcessSight {
        .alive(
            ProcessFacts(
                executable: executable, unit: unit, executableDoubt: executableDoubt, unitDoubt: unitDoubt))
    }

    /// What a grant and a deny with these narrowings make of a process: `covers`, `does not`, or `unknown`.
    @Test(
        arguments: [
            (["/usr/bin/ci"], nil, running("/usr/bin/ci", "a.service"), "covers"),
            (["/usr/bin/ci"], nil, running("/usr/bin/ci", nil), "covers"),
            (["/usr/bin/ci"], nil, running("/usr/bin/ci", nil, unitDoubt: "why not"), "covers"),
            (["/usr/bin/ci"], nil, running("/usr/bin/cia", nil), "does not"),
            (["/opt/ci/*", "/usr/bin/c*"], nil, running("/usr/bin/ci", nil), "covers"),
            (["/usr/bin/ci"], nil, running(nil, "a.service"), "unknown"),
            (["*"], nil, running("/usr/bin/ci (deleted)", nil, executableDoubt: "replaced"), "unknown"),
            (["*"], nil, .ended, "unknown"), (["*"], nil, .hidden("why not"), "unknown"),
            (nil, ["a.service"], running("/usr/bin/ci", "a.service"), "covers"),
            (nil, ["a.service"], running(nil, "a.service"), "covers"),
            (nil, ["b.service", "*.scope"], running(nil, "session-3.scope"), "covers"),
            (nil, ["a.service"], running("/usr/bin/ci", "b.service"), "does not"),
            (nil, ["*"], running("/usr/bin/ci", nil), "does not"),
            (nil, ["*"], running("/usr/bin/ci", nil, unitDoubt: "why not"), "unknown"),
            (nil, ["*"], .ended, "unknown"), (nil, ["*"], .hidden("why not"), "unknown"),
            (["/a"], ["a.service"], running("/a", "a.service"), "covers"),
            (["/a"], ["a.service"], running("/a", "b.service"), "does not"),
            (["/a"], ["a.service"], running("/b", "a.service"), "does not"),
            (["/a"], ["a.service"], running(nil, "a.service"), "unknown"),
            (["/a"], ["a.service"], running(nil, "b.service"), "does not"),
            (["/a"], ["a.service"], running("/b", nil, unitDoubt: "why not"), "does not"),
            (["/a"], ["a.service"], .hidden("why not"), "unknown"),
        ] as [([String]?, [String]?, ProcessSight, String)])
    func `a grant needs to know the process, a deny needs to know that it is another`(
        executables: [String]?, units: [String]?, process: ProcessSight, verdict: String
    ) {
        let granted = decide([rule(executables: executables, units: units)], from: process)
        #expect(granted.hasPrefix("allow") == (verdict == "covers"))
        let denied = decide([rule(), rule(.deny, "d", executables: executables, units: units)], from: process)
        #expect(denied == (verdict == "does not" ? "allow g" : "deny by d"))
    }

    @Test func `narrowing that fails goes on to the next grant`() {
        let grants = [rule(.grant, "narrow", executables: ["/a"]), rule(.grant, "wide")]
        #expect(decide(grants, from: Self.running("/a", nil)) == "allow narrow")
        #expect(decide(grants, from: Self.running("/b", nil)) == "allow wide")
        #expect(decide(grants, from: .ended) == "allow wide")
    }

    @Test(
        arguments: [
            (.ended, ["executable", "unit"]), (.hidden("why not"), ["executable", "unit"]),
            (running("/b", nil), ["executable", "unit"]), (running("/a", nil), ["unit"]),
            (running("/b", "a.service"), ["executable"]),
        ] as [(ProcessSight, [String])])
    func `what a denied process lacked is told of the nearest grant`(process: ProcessSight, lacks: [String]) {
        let decision = decide([rule(executables: ["/a"], units: ["a.service"])], from: process)
        #expect(decision == "deny, nearest g lacks \(lacks.joined(separator: ", "))")
    }

    @Test func `only rules that name the peer make its process of interest`() {
        let others = rule(who: [.user(7)], executables: ["/a"])
        #expect(!Policy(grants: [others, rule()]).rights(of: alice).needsProcess)
        #expect(Policy(grants: [rule(units: ["a"])]).rights(of: alice).needsProcess)
        #expect(Policy(grants: [rule()], denies: [rule(.deny, units: ["a"])]).rights(of: alice).needsProcess)
    }

    @Test(
        arguments: [
            ([rule()], 0), ([rule(.grant, "n", executables: ["/a"]), rule()], 1),
            ([rule(.grant, "n", actions: ["a:B"], executables: ["/a"]), rule()], 0),
            ([rule(), rule(.grant, "n", executables: ["/a"])], 0),
            ([rule(.deny, "d", units: ["a"]), rule(.deny, "e", executables: ["/a"]), rule()], 1),
            ([rule(.deny, "d", actions: ["a:B"], units: ["a"]), rule()], 0),
            ([rule(.grant, "n", executables: ["/a"], units: ["a"]), rule(.grant, "m", units: ["a"])], 1),
            ([rule(actions: ["a:B"])], 0), ([rule(.deny), rule(.grant, "n", executables: ["/a"])], 0),
        ] as [([Rule], Int)])
    func `the process is looked at once at most, and only when it decides`(rules: [Rule], looks: Int) {
        var count = 0
        let policy = Policy(
            grants: rules.filter { $0.kind == .grant }, denies: rules.filter { $0.kind == .deny })
        _ = policy.rights(of: alice).decide(request(), at: noon) {
            count += 1
            return Self.running("/b", "b")
        }
        #expect(count == looks)
    }
}
