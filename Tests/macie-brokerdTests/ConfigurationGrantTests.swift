import BrokerAccess
import Testing

@testable import macie_brokerd

@Suite struct ConfigurationGrantTests {
    private func grant(_ yaml: String) throws -> Rule {
        let grants = try Configuration(yaml: "grants:\n  - \(yaml)\n", file: "broker.yaml").grants
        #expect(grants?.count == 1)
        return try #require(grants?.first)
    }

    @Test func `a grant has a name, its place, and patterns as written`() throws {
        let grant = try grant(
            #"{name: auditors read, users: [root], actions: ["macie2:*"], profiles: [a, "b*"], regions: [us-east-1]}"#)
        #expect(grant.name == "auditors read")
        #expect(grant.origin == "broker.yaml:2")
        #expect(grant.actions.map(\.text) == ["macie2:*"])
        #expect(grant.profiles?.map(\.text) == ["a", "b*"])
        #expect(grant.regions?.map(\.text) == ["us-east-1"])
    }

    @Test func `what a grant leaves out is not what it lists as empty`() throws {
        let grant = try grant("{users: [root], actions: [a]}")
        #expect(grant.name == "grants[0]")
        #expect(grant.profiles == nil)
        #expect(grant.regions == nil)
    }

    @Test(arguments: [
        ("users: [root]", [Rule.Who.user(0)]), ("users: [0]", [.user(0)]),
        (#"users: ["4000000001"]"#, [.user(4_000_000_001)]),
        ("users: [1000, root, 1000]", [.user(1_000), .user(0)]), ("groups: [root]", [.group(0)]),
        ("groups: [4000000100]", [.group(4_000_000_100)]), (#"users: ["*"]"#, [.everybody]),
        (#"users: ["*", root]"#, [.everybody, .user(0)]), ("users: [7], groups: [8]", [.user(7), .group(8)]),
    ])
    func `users and groups are given by name or number, everybody by a star`(who: String, expected: [Rule.Who]) throws {
        #expect(try grant("{\(who), actions: [a]}").who == Set(expected))
    }

    @Test(arguments: [
        ("{users: [no-such-user], actions: [a]}", "2:14", "this host has no user no-such-user"),
        ("{groups: [no-such-group], actions: [a]}", "2:15", "this host has no group no-such-group"),
        ("{groups: [\"*\"], actions: [a]}", "2:15", "this host has no group *"),
        ("{users: [-1], actions: [a]}", "2:14", "this host has no user -1"),
        ("{users: [4294967296], actions: [a]}", "2:14", "this host has no user 4294967296"),
        ("{actions: [a]}", "2:5", "it must name users or groups"),
        (#"{executables: [/a], units: [a.service], actions: [a]}"#, "2:5", "it must name users or groups"),
        ("{users: [root]}", "2:5", "it must name actions"),
        ("{users: [], actions: [a]}", "2:13", "grants[0].users must not be empty"),
        ("{users: [root], actions: []}", "2:30", "grants[0].actions must not be empty"),
        ("{users: [root], actions: [a], profiles: []}", "2:45", "grants[0].profiles must not be empty"),
        ("{users: [root], actions: [a], regions: []}", "2:44", "grants[0].regions must not be empty"),
        ("{users: root, actions: [a]}", "2:13", "grants[0].users must be a list"),
        ("{users: [[root]], actions: [a]}", "2:14", "grants[0].users must be a list of texts"),
        ("{users: [~], actions: [a]}", "2:14", "grants[0].users must be a list of texts"),
        ("{users: [root], actions: [a], profile: [p]}", "2:35", "unknown key profile in grants[0]"),
        ("{users: [root], users: [bin], actions: [a]}", "2:6", "the same key twice: users"),
        ("text", "2:5", "grants[0] must be a mapping"),
    ])
    func `a grant that could mean something else than meant is refused with its place`(
        yaml: String, place: String, problem: String
    ) {
        #expect { _ = try grant(yaml) } throws: { error in
            let text = "\(error)"
            return text.hasPrefix("broker.yaml:\(place): ") && text.contains(problem)
        }
    }
}
