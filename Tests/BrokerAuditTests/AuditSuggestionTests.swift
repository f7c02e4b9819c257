import BrokerAudit
import Foundation
import JSONText
import Testing

@Suite struct AuditSuggestionTests {
    private let place: Place

    init() throws { place = try Place() }

    private struct Request: Hashable {
        var uid: UInt32 = 1_000
        var action = "macie2:GetMacieSession"
        var profile = "audit"
        var region = "us-east-1"
    }

    private func suggestion(for records: [DecisionRecord]) throws -> String {
        let audit = try place.open()
        for record in records { audit.record(record) }
        #expect(audit.commit())
        return try AuditSuggestion(from: [place.path]) { Issue.record("\($0)") }.yaml
    }

    private func suggestion(for requests: [Request]) throws -> String {
        try suggestion(
            for: requests.map {
                makeRecord(
                    origin: makeOrigin(uid: $0.uid, user: nil), action: $0.action, profile: $0.profile,
                    region: $0.region)
            })
    }

    /// Everything that the grants cover, each grant spelled out.
    private func covered(by yaml: String) throws -> (requests: Set<Request>, grants: Int) {
        var lists: [String: [[String]]] = [:]
        for line in yaml.split(separator: "\n").dropFirst() {
            let match = try #require(line.wholeMatch(of: #/(?:  - |    )(\w+): (\[.*\])/#))
            let values = try #require(try JSONValue(parsing: Array(match.2.utf8)).array)
            lists[String(match.1), default: []].append(values.map { $0.string ?? $0.text })
        }
        let grants = lists["users"]?.count ?? 0
        var requests: Set<Request> = []
        for index in 0..<grants {
            for user in lists["users"]?[index] ?? [] {
                for action in lists["actions"]?[index] ?? [] {
                    for profile in lists["profiles"]?[index] ?? [] {
                        for region in lists["regions"]?[index] ?? [] {
                            requests.insert(
                                Request(uid: UInt32(user) ?? 0, action: action, profile: profile, region: region))
                        }
                    }
                }
            }
        }
        return (requests, grants)
    }

    @Test func `users with the same needs share a grant`() throws {
        let yaml = try suggestion(for: [
            Request(uid: 1_000), Request(uid: 1_000, region: "eu-west-1"), Request(uid: 7, region: "eu-west-1"),
            Request(uid: 7), Request(uid: 9, profile: "other"),
        ])
        #expect(
            yaml == """
                grants:
                  - users: [7, 1000]
                    actions: ["macie2:GetMacieSession"]
                    profiles: ["audit"]
                    regions: ["eu-west-1", "us-east-1"]
                  - users: [9]
                    actions: ["macie2:GetMacieSession"]
                    profiles: ["other"]
                    regions: ["us-east-1"]

                """)
    }

    @Test func `whatever was seen, the grants cover all of it and nothing else`() throws {
        var random = Seeded(state: 7)
        for round in 0..<150 {
            var seen: Set<Request> = []
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                seen.insert(
                    Request(
                        uid: .random(in: 1...3, using: &random), action: "s:\(Int.random(in: 1...2, using: &random))",
                        profile: "p\(Int.random(in: 1...3, using: &random))",
                        region: "r\(Int.random(in: 1...3, using: &random))"))
            }
            try? FileManager.default.removeItem(atPath: place.path)
            let (requests, grants) = try covered(by: suggestion(for: Array(seen)))
            try #require(requests == seen, "round \(round)")
            try #require(grants <= seen.count)
        }
    }

    @Test func `what was refused, what needs no grant and what no grant can name is left out`() throws {
        let yaml = try suggestion(for: [
            makeRecord(decision: .deny(rule: nil, at: nil, lacks: []), outcome: "PermissionDenied"),
            makeRecord(action: "broker.WhoAmI", profile: nil, region: nil),
            makeRecord(region: nil, outcome: "RegionMissing"), makeRecord(profile: "a*"),
        ])
        #expect(yaml == "# No request was seen that needs a grant.\ngrants: []\n")
    }

    @Test func `what mode observe would deny is covered too`() throws {
        let record = makeRecord(decision: .wouldDeny(rule: nil, at: nil, lacks: []))
        #expect(try suggestion(for: [record]).contains("users: [\"alice\"]"))
    }

    @Test(arguments: ["root\"]\nx: [\"", "1000", "Ünal", "-x", ""])
    func `a name that could be read as something else is left out for the number`(name: String) throws {
        let yaml = try suggestion(for: [makeRecord(origin: makeOrigin(user: name))])
        #expect(yaml.contains("users: [1000]\n"))
    }

    @Test func `no text gets out of its quotes`() throws {
        let wild = "x\"]\n  - users: [\"*\"]\u{2028}\\"
        let yaml = try suggestion(for: [makeRecord(profile: wild.replacing("*", with: ""))])
        #expect(yaml.split(separator: "\n").count == 5)
        #expect(!yaml.contains("\u{2028}"))
    }

    @Test func `files that were tampered with are told of`() throws {
        _ = try suggestion(for: [Request(), Request(uid: 2), Request(uid: 3)])
        var changed = try bytes(of: place.path)
        changed[200] ^= 1
        try place.write(changed)
        var findings = 0
        _ = try AuditSuggestion(from: [place.path]) { _ in findings += 1 }
        #expect(findings > 0)
    }
}

/// SplitMix64: the same numbers in every run.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
