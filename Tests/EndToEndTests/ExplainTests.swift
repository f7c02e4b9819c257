import JSONText
import Testing

/// `macie-brokerd explain`: what a configuration decides about anybody, with no broker.
@Suite struct ExplainTests {
    private let workplace: Workplace
    private let file: String

    private static let action = "macie2:GetMacieSession"
    private static let rules = """
        profiles:
          audit: {region: us-east-1, regions: [eu-west-1]}
          prod: {}
        grants:
          - {name: staff, groups: ["52000", "52001"], actions: ["macie2:Get*"], profiles: [audit], maxAgeAtLeast: 30}
          - name: ci
            users: ["41000"]
            actions: ["macie2:*"]
            profiles: [audit]
            units: [ci.service]
            executables: [/usr/bin/ci, "/opt/ci/*"]
            notAfter: 2026-12-31T23:59:59Z
        denies:
          - {name: no europe, users: ["41001"], actions: ["*"], regions: ["eu-*"]}
          - {name: no shells, users: ["*"], actions: ["*"], profiles: [prod], executables: [/usr/bin/bash]}
        """

    init() throws {
        workplace = try Workplace()
        file = try workplace.write("broker.yaml", Self.rules, mode: 0o600)
    }

    private func explain(_ words: String, file: String? = nil) throws -> Outcome {
        try ChildProcess.run(
            Programs.stage().brokerd,
            ["explain", "--config", file ?? self.file] + words.split(separator: " ").map(String.init) + [Self.action],
            seconds: 30)
    }

    /// Who and what; then `allow` or `deny` with its rule, or the nearest with what it lacked.
    @Test(arguments: [
        ("--user 7 --group 52000 --profile audit", "allow staff"),
        ("--user 7 --group 9 --group 52001 --profile audit", "allow staff"),
        ("--user 7 --profile audit", "staff lacks caller"),
        ("--user 7 --group 9 --profile audit --max-age 0", "staff lacks caller, freshness"),
        ("--user 7 --group 52000 --profile audit --max-age 29", "staff lacks freshness"),
        ("--user 7 --group 52000 --profile audit --max-age 30", "allow staff"),
        ("--user 7 --group 52000 --profile audit --region eu-west-1", "allow staff"),
        ("--user 7 --group 52000 --profile audit --region eu-west-2", "staff lacks region"),
        ("--user 7 --group 52000 --profile other --executable /a", "staff lacks profile"),
        ("--user 7 --group 52000 --profile prod", "deny no shells"),
        ("--user 7 --group 52000 --profile prod --executable /usr/bin/bash", "deny no shells"),
        ("--user 7 --group 52000 --profile prod --executable /usr/bin/dash", "staff lacks profile"),
        ("--user 41001 --group 52000 --profile audit --region eu-west-1", "deny no europe"),
        ("--user 41001 --group 52000 --profile audit", "allow staff"),
        (
            "--user 41000 --profile audit --unit ci.service --executable /usr/bin/ci --at 2026-12-31T23:59:59Z",
            "allow ci"
        ),
        (
            "--user 41000 --profile audit --unit ci.service --executable /opt/ci/a/b --at 2026-01-01T00:00:00Z",
            "allow ci"
        ),
        (
            "--user 41000 --profile audit --unit ci.service --executable /usr/bin/ci --at 2026-12-31T23:59:59.1Z",
            "staff lacks caller"
        ),
        ("--user 41000 --profile audit --executable /usr/bin/ci --at 2026-01-01T00:00:00Z", "staff lacks caller"),
    ])
    func `it answers by the rules for anybody, and says by which`(words: String, decision: String) throws {
        let explained = try explain(words + " --output json")
        let answer = explained.json
        let rule = answer["rule"]?["name"]?.string
        let nearest = answer["nearest"]?["name"]?.string
        let lacks = answer["lacks"]?.array?.compactMap(\.string).joined(separator: ", ")
        let isAllowed = answer["allowed"]?.bool == true
        let told = rule.map { "\(isAllowed ? "allow" : "deny") \($0)" } ?? "\(nearest ?? "?") lacks \(lacks ?? "?")"
        #expect(told == decision, "\(explained)")
        #expect(explained.status == (isAllowed ? 0 : 77))
        #expect(answer["mode"] == "enforce")
        #expect(answer["rule"]?["at"]?.string?.hasPrefix("\(file):") ?? true)
    }

    @Test func `a person reads who, what, why and where`() throws {
        let denied = try explain("--user 4000000001 --group 52000 --profile audit --max-age 0")
        #expect(
            denied.out == """
                denied    uid 4000000001 may not \(Self.action) on profile audit in us-east-1
                nearest   staff (\(file):5)
                lacks     freshness
                reason    no grant of this user covers it; the nearest, staff, allows no maxAgeSeconds below 30

                """)
        let granted = try explain("--user root --group 52001 --profile audit")
        #expect(
            granted.out == """
                allowed   root (uid 0) may \(Self.action) on profile audit in us-east-1
                grant     staff (\(file):5)

                """)
    }

    @Test func `a user's groups are the host's where none are named`() throws {
        let file = try workplace.write(
            "host.yaml", "grants: [{name: g, groups: [root], actions: [\"*\"]}]", mode: 0o600)
        #expect(try explain("--user root", file: file).status == 0)
        #expect(try explain("--user root --group 1", file: file).status == 77)
    }

    @Test func `what is observed is explained as policy would decide`() throws {
        let file = try workplace.write("observe.yaml", "mode: observe", mode: 0o600)
        let denied = try explain("--user 7", file: file)
        #expect(denied.status == 77)
        #expect(denied.out.contains("mode      observe: let through all the same, and recorded as wouldDeny"))
        #expect(try explain("--user 7 --output json", file: file).json["mode"] == "observe")
    }

    @Test(arguments: [
        ("--user nosuchuser --profile audit", 64, "This host has no user nosuchuser"),
        ("--user 7 --group nosuchgroup --profile audit", 64, "This host has no group nosuchgroup"),
        ("--user 7", 64, "name one with --profile"), ("--profile audit", 64, "--user"),
        ("--user 7 --profile audit --region Virginia", 64, "Virginia is not the name of a region"),
        ("--user 7 --profile a/b", 64, "a name has 1 to 64 of"),
        ("--user 7 --profile audit --max-age 86401", 64, "from 0 to 86400"),
        ("--user 7 --profile audit --at tomorrow", 64, "must be an instant"),
        ("--user 7 --profile audit macie2:Get*", 64, ""), ("--user 7 --config /nowhere.yaml", 78, "cannot be read"),
    ])
    func `what it cannot answer it says`(words: String, status: Int32, says: String) throws {
        let refused = try explain(words)
        #expect(refused.status == status, "\(refused)")
        #expect(refused.out.isEmpty)
        #expect(refused.err.contains(says), "\(refused)")
    }
}
