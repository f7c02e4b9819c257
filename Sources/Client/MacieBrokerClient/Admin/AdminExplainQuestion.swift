internal import JSONText

/// Whose request `admin.Explain` is asked about, and what it would be; the broker judges the words.
package struct AdminExplainQuestion: Sendable, Equatable {
    /// A user's name or uid.
    package var user: String
    package var action: String
    /// Names or gids; nil: those that the user has on the broker's host.
    package var groups: [String]?
    package var profile: String?
    package var region: String?
    package var maxAgeSeconds: Int?
    package var executable: String?
    package var unit: String?

    package init(user: String, action: String) {
        self.user = user
        self.action = action
    }

    var parameters: JSONObject {
        var parameters = BrokerClient.parameters(profile, region, maxAgeSeconds)
        parameters["user"] = .string(user)
        parameters["groups"] = groups.map { .array($0.map(JSONValue.string)) }
        parameters["action"] = .string(action)
        parameters["executable"] = executable.map(JSONValue.string)
        parameters["unit"] = unit.map(JSONValue.string)
        return parameters
    }
}
