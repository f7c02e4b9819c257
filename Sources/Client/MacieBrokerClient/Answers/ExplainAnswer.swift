internal import JSONText

/// What the broker answers to `broker.Explain`: whether its policy allows the caller a request, and why.
public struct ExplainAnswer: Sendable, Hashable {
    /// What the policy says. In `mode` `observe` the request is let through in either case.
    public let isAllowed: Bool
    /// The AWS action that was asked about.
    public let action: String
    /// The profile: as asked or, when none was and the request is allowed, the one that would be used.
    public let profile: String?
    /// The region: as asked or, when none was and the request is allowed, the one that would be used.
    public let region: String?
    /// The name of the rule that decides; nil when there is none, or none that names the caller.
    public let rule: String?
    /// Why, for people.
    public let reason: String
    /// What to do about it, for people.
    public let remedy: String?
    /// `enforce`, or `observe`.
    public let mode: String
    /// The whole result as JSON on one line, members that this library does not know included.
    public let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        let result = try ResultObject(value, at: "result")
        json = value.text
        isAllowed = try result.bool("allowed")
        action = try result.string("action")
        profile = try result.optionalString("profile")
        region = try result.optionalString("region")
        rule = try result.optionalString("rule")
        reason = try result.string("reason")
        remedy = try result.optionalString("remedy")
        mode = try result.string("mode")
    }
}
