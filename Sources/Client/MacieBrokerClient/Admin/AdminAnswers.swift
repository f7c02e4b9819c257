internal import JSONText

/// What the broker answers to `admin.Reload`.
package struct ReloadAnswer: Sendable {
    package let policy: PolicyState
    /// Keys whose new values wait for a restart.
    package let needsRestart: [String]
    package let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        let result = try ResultObject(value, at: "result")
        json = value.text
        policy = try PolicyState(try result.object("policy"))
        needsRestart = try result.strings("needsRestart")
    }
}

/// What the broker answers to `admin.Metrics`.
package struct MetricsAnswer: Sendable {
    package let contentType: String
    /// OpenMetrics.
    package let text: String
    package let json: String

    /// The text with its lines as they are, and nothing that a terminal obeys.
    package var printable: String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).escapedForTerminal }
            .joined(separator: "\n")
    }

    init(_ value: JSONValue) throws(ClientFailure) {
        let result = try ResultObject(value, at: "result")
        json = value.text
        contentType = try result.string("contentType")
        text = try result.string("text")
    }
}

/// What the broker answers to `admin.DropCache`.
package struct DropCacheAnswer: Sendable {
    /// How many answers there were.
    package let dropped: Int
    package let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        json = value.text
        dropped = try ResultObject(value, at: "result").integer("dropped")
    }
}

/// What the broker answers to `admin.Lock` and `admin.Unlock`.
package struct LockAnswer: Sendable {
    package let isLocked: Bool
    package let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        json = value.text
        isLocked = try ResultObject(value, at: "result").bool("locked")
    }
}

/// What the broker answers to `admin.SetLogLevel`.
package struct LogLevelAnswer: Sendable {
    package let level: String
    package let previous: String
    package let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        let result = try ResultObject(value, at: "result")
        json = value.text
        level = try result.string("level")
        previous = try result.string("previous")
    }
}
