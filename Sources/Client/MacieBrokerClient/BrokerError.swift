/// An error that the broker answered with, AWS's or its own.
public struct BrokerError: Error, Sendable, Hashable {
    /// Who says no.
    public enum Origin: String, Sendable, Hashable {
        case broker, aws
    }

    /// A stable name: AWS's own exception name for AWS's errors; `PermissionDenied`, `RateLimited` and the like for the
    /// broker's.
    public let type: String
    /// JSON-RPC's number for it.
    public let code: Int
    /// What happened, for people. It comes from the other side: escape control characters before showing it.
    public let message: String
    public let origin: Origin
    /// The HTTP status of AWS's answer.
    public let httpStatus: Int?
    /// The id under which AWS logged the call.
    public let requestID: String?
    /// Whether the same request may succeed later with nothing changed.
    public let retryable: Bool
    /// How long to wait before asking again, in seconds.
    public let retryAfterSeconds: Double?
    /// What to do about it, for people.
    public let remedy: String?

    /// The name that stands for a missing one: a JSON-RPC error without `data`, as a foreign server might send.
    static let unnamedType = "UnnamedError"

    init(_ error: ResultObject) throws(ClientFailure) {
        code = try error.integer("code")
        message = try error.string("message")
        let data = try? error.object("data")
        type = try data?.optionalString("type") ?? Self.unnamedType
        origin = try data?.optionalString("origin").flatMap(Origin.init) ?? .broker
        httpStatus = try data?.optionalInteger("httpStatus")
        requestID = try data?.optionalString("requestId")
        retryable = try data?.optionalBool("retryable") ?? false
        retryAfterSeconds = try data?.optionalNumber("retryAfterSeconds").map { max($0, 0) }
        remedy = try data?.optionalString("remedy")
    }
}

extension BrokerError: CustomStringConvertible {
    /// Type and message, such as `PermissionDenied: no grant names uid 1001`.
    public var description: String { "\(type): \(message)" }
}
