internal import JSONText

/// What the broker answers to `admin.Status`: what it tells everybody, of all profiles, and more.
package struct AdminStatusAnswer: Sendable {
    package let status: StatusAnswer
    package let policy: PolicyState
    /// The audit file's path; nil when records go to standard error.
    package let auditFile: String?
    /// Why records cannot be written; nil while they can.
    package let auditReason: String?
    package let logLevel: String
    /// The limits in force, in the broker's order.
    package let limits: [(name: String, value: Double)]
    package var json: String { status.json }

    init(_ value: JSONValue) throws(ClientFailure) {
        let result = try ResultObject(value, at: "result")
        status = try StatusAnswer(value)
        policy = try PolicyState(try result.object("policy"))
        let audit = try result.object("audit")
        auditFile = try audit.optionalString("file")
        auditReason = try audit.optionalString("reason")
        logLevel = try result.string("logLevel")
        limits = try result.numbers("limits")
    }
}

/// The policy in force.
package struct PolicyState: Sendable, Equatable {
    /// The configuration's path; nil when there is none.
    package let file: String?
    /// The SHA-256 of that file as it was read, in hexadecimal.
    package let sha256: String?
    package let mode: String
    package let grants: Int
    package let denies: Int
    package let loadedAt: BrokerTimestamp

    init(_ policy: ResultObject) throws(ClientFailure) {
        file = try policy.optionalString("file")
        sha256 = try policy.optionalString("sha256")
        mode = try policy.string("mode")
        grants = try policy.integer("grants")
        denies = try policy.integer("denies")
        loadedAt = try policy.timestamp("loadedAt")
    }
}
