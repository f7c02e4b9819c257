internal import JSONText

/// What the broker answers to `admin.Explain`: whether its policy allows somebody a request, and by which rule.
package struct AdminExplainAnswer: Sendable {
    /// A grant or a deny of the configuration.
    package struct Rule: Sendable, Equatable {
        package let name: String
        /// Where it stands, `file:line`.
        package let place: String?

        init(_ rule: ResultObject) throws(ClientFailure) {
            name = try rule.string("name")
            place = try rule.optionalString("at")
        }
    }

    /// What the policy says, in either mode.
    package let isAllowed: Bool
    package let action: String
    package let profile: String?
    package let region: String?
    package let uid: Int
    package let groups: [Int]
    /// The rule that decides.
    package let rule: Rule?
    /// When no rule covers it: the grant that lacks least, and what it lacks.
    package let nearest: Rule?
    package let lacks: [String]
    package let reason: String
    package let mode: String
    package let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        let result = try ResultObject(value, at: "result")
        json = value.text
        isAllowed = try result.bool("allowed")
        action = try result.string("action")
        profile = try result.optionalString("profile")
        region = try result.optionalString("region")
        uid = try result.integer("uid")
        groups = try result.integers("groups")
        rule = try result.optionalObject("rule").map { rule throws(ClientFailure) in try Rule(rule) }
        nearest = try result.optionalObject("nearest").map { rule throws(ClientFailure) in try Rule(rule) }
        lacks = try result.optionalStrings("lacks") ?? []
        reason = try result.string("reason")
        mode = try result.string("mode")
    }
}
