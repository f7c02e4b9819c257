internal import JSONText

/// What a client hears when it gets no result: JSON-RPC's `error` object with its `data`.
package struct ErrorReply: Sendable, Equatable {
    package enum Origin: String, Sendable { case broker, aws }

    /// A stable name: one of `BrokerErrorType`, or AWS's own exception name.
    package let type: String
    package let code: Int
    package let message: String
    package let origin: Origin
    package let httpStatus: Int?
    package let requestID: String?
    package let retryable: Bool
    package let retryAfterSeconds: Double?
    package let remedy: String?

    /// An error of the broker's own. Where its type does not say whether it may pass, `retryable` does.
    package init(
        _ type: BrokerErrorType, _ message: String, remedy: String? = nil, retryable: Bool? = nil,
        retryAfterSeconds: Double? = nil, httpStatus: Int? = nil, requestID: String? = nil
    ) {
        self.type = type.rawValue
        self.code = type.code
        self.message = message
        self.origin = .broker
        self.httpStatus = httpStatus
        self.requestID = requestID
        self.retryable = retryable ?? type.isRetryable
        self.retryAfterSeconds = retryAfterSeconds
        self.remedy = remedy
    }

    /// What AWS answered, under AWS's own name for it.
    package init(
        aws type: String, _ message: String, httpStatus: Int, requestID: String?, retryable: Bool,
        retryAfterSeconds: Double?, remedy: String?
    ) {
        self.type = type
        self.code = Self.awsCode
        self.message = message
        self.origin = .aws
        self.httpStatus = httpStatus
        self.requestID = requestID
        self.retryable = retryable
        self.retryAfterSeconds = retryAfterSeconds
        self.remedy = remedy
    }

    /// JSON-RPC's code for every error that comes from AWS; `type` tells them apart.
    package static let awsCode = -32_000
}

/// The broker's own errors, by their names on the wire.
package enum BrokerErrorType: String, Sendable, CaseIterable {
    case parseError = "ParseError"
    case invalidRequest = "InvalidRequest"
    case methodNotFound = "MethodNotFound"
    case invalidParams = "InvalidParams"
    case internalError = "InternalError"
    case permissionDenied = "PermissionDenied"
    case rateLimited = "RateLimited"
    case overloaded = "Overloaded"
    case locked = "Locked"
    case deadlineExceeded = "DeadlineExceeded"
    case credentialsUnavailable = "CredentialsUnavailable"
    case upstreamUnreachable = "UpstreamUnreachable"
    case upstreamMalformed = "UpstreamMalformed"
    case lineTooLong = "LineTooLong"
    case tooManyInFlight = "TooManyInFlight"
    case tooManyConnections = "TooManyConnections"
    case idleTimeout = "IdleTimeout"
    case lineTimeout = "LineTimeout"
    case shuttingDown = "ShuttingDown"
    case slowReader = "SlowReader"
    case auditUnavailable = "AuditUnavailable"
    case configurationInvalid = "ConfigurationInvalid"
    case wrongPassphrase = "WrongPassphrase"

    /// JSON-RPC 2.0, section 5.1 for the first five; from its server range for the rest.
    package var code: Int {
        switch self {
        case .parseError: -32_700
        case .invalidRequest: -32_600
        case .methodNotFound: -32_601
        case .invalidParams: -32_602
        case .internalError: -32_603
        case .permissionDenied: -32_001
        case .rateLimited: -32_002
        case .overloaded: -32_003
        case .locked: -32_004
        case .deadlineExceeded: -32_005
        case .credentialsUnavailable: -32_006
        case .upstreamUnreachable: -32_007
        case .upstreamMalformed: -32_008
        case .lineTooLong: -32_009
        case .tooManyInFlight: -32_010
        case .tooManyConnections: -32_011
        case .idleTimeout: -32_012
        case .lineTimeout: -32_013
        case .shuttingDown: -32_014
        case .slowReader: -32_015
        case .auditUnavailable: -32_016
        case .configurationInvalid: -32_017
        case .wrongPassphrase: -32_018
        }
    }

    /// Whether the same request can succeed later without anybody changing anything.
    package var isRetryable: Bool {
        switch self {
        case .rateLimited, .overloaded, .locked, .deadlineExceeded, .upstreamUnreachable, .upstreamMalformed,
            .tooManyInFlight, .tooManyConnections, .idleTimeout, .shuttingDown, .auditUnavailable:
            true
        case .parseError, .invalidRequest, .methodNotFound, .invalidParams, .internalError, .permissionDenied,
            .credentialsUnavailable, .lineTooLong, .lineTimeout, .slowReader, .configurationInvalid, .wrongPassphrase:
            false
        }
    }
}
