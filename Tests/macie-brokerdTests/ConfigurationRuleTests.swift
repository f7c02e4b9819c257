import BrokerAccess
import Testing
import Timestamps

@testable import macie_brokerd

/// What grants and denies have in common, and what only one of them may say.
@Suite struct ConfigurationRuleTests {
    private func rule(_ list: String = "grants", _ yaml: String) throws -> Rule {
        let configuration = try Configuration(yaml: "\(list):\n  - \(yaml)\n", file: "broker.yaml")
        let rules = list == "grants" ? configuration.grants ?? [] : configuration.denies
        #expect(rules.count == 1)
        return try #require(rules.first)
    }

    @Test(arguments: ["grants", "denies"])
    func `a rule is narrowed by program, unit and time`(list: String) throws {
        let rule = try rule(
            list,
            """
            {users: [root], actions: [a], executables: [/usr/bin/ci, "/opt/ci/*"], units: [ci.service, "ci@*"],
                notAfter: 2026-12-31T23:59:59+01:00}
            """)
        #expect(rule.kind == (list == "grants" ? .grant : .deny))
        #expect(rule.name == "\(list)[0]")
        #expect(rule.origin == "broker.yaml:2")
        #expect(rule.executables?.map(\.text) == ["/usr/bin/ci", "/opt/ci/*"])
        #expect(rule.units?.map(\.text) == ["ci.service", "ci@*"])
        #expect(rule.notAfter == Timestamp(parsingRFC3339: "2026-12-31T22:59:59Z"))
        #expect(rule.maxAgeAtLeast == nil)
    }

    @Test func `a rule that is not narrowed says so by nil`() throws {
        let rule = try rule("denies", "{users: [root], actions: [a]}")
        #expect(rule.executables == nil)
        #expect(rule.units == nil)
        #expect(rule.notAfter == nil)
        #expect(rule.profiles == nil)
        #expect(rule.regions == nil)
    }

    @Test(arguments: [0, 30, 86_400])
    func `a grant may set a floor of freshness`(floor: Int) throws {
        #expect(try rule("grants", "{users: [root], actions: [a], maxAgeAtLeast: \(floor)}").maxAgeAtLeast == floor)
    }

    @Test func `grants and denies keep the order of the file`() throws {
        let configuration = try Configuration(
            yaml: """
                denies:
                  - {name: x, users: [root], actions: [a]}
                  - {name: y, users: [root], actions: [a]}
                grants:
                  - {name: z, users: [root], actions: [a]}
                """, file: "broker.yaml")
        #expect(configuration.denies.map(\.name) == ["x", "y"])
        #expect(configuration.denies.map(\.origin) == ["broker.yaml:2", "broker.yaml:3"])
        #expect(configuration.grants?.map(\.name) == ["z"])
    }

    @Test(arguments: [
        ("denies", "maxAgeAtLeast: 30", "2:50", "deny denies[0]: maxAgeAtLeast is for grants"),
        ("grants", "maxAgeAtLeast: -1", "2:50", "grants[0].maxAgeAtLeast must be a whole number from 0 to 86400"),
        ("grants", "maxAgeAtLeast: 86401", "2:50", "must be a whole number from 0 to 86400"),
        ("grants", "executables: [ci]", "2:49", "grant grants[0]: an executable is an absolute path, not ci"),
        ("grants", "executables: []", "2:48", "grants[0].executables must not be empty"),
        ("denies", "units: [ci]", "2:43", "deny denies[0]: a unit is named with its kind, such as ci.service"),
        ("denies", "units: []", "2:42", "denies[0].units must not be empty"),
        ("grants", "notAfter: tomorrow", "2:45", "grant grants[0]: notAfter must be an instant such as"),
        ("grants", "notAfter: 2026-12-31", "2:45", "notAfter must be an instant"),
        ("grants", "notAfter: 2026-12-31T23:59:59", "2:45", "with its zone"),
        ("grants", "notAfter: 2026-12-31 23:59:59Z", "2:45", "notAfter must be an instant"),
        ("grants", "notAfter: 2026-02-29T00:00:00Z", "2:45", "notAfter must be an instant"),
        ("grants", "notAfter: 2026-02-29T00:00:60Z", "2:45", "notAfter must be an instant"),
        ("grants", "notAfter: 20261231T235959Z", "2:45", "notAfter must be an instant"),
        ("grants", "notAfter: 2026-12-31T23:59:59+0100", "2:45", "notAfter must be an instant"),
        ("grants", "notAfter: []", "2:45", "grants[0].notAfter must be a text"),
        ("denies", "unless: [a]", "2:35", "unknown key unless in denies[0]; known are: actions, executables"),
    ])
    func `a rule that could mean something else than meant is refused with its place`(
        list: String, more: String, place: String, problem: String
    ) {
        #expect {
            _ = try rule(list, "{users: [root], actions: [a], \(more)}")
        } throws: { error in
            let text = "\(error)"
            return text.hasPrefix("broker.yaml:\(place): ") && text.contains(problem)
        }
    }
}
