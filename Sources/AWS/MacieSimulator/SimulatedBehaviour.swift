/// How the simulator answers a request whose signature is right.
package enum SimulatedBehaviour: Sendable, Equatable {
    case normal
    /// One of AWS's exceptions, with its own message when nil.
    case fail(SimulatedException, message: String? = nil)
    /// The normal answer, this much later.
    case slow(Duration)
    case malformed(Malformation)
    /// The connection is closed without an answer.
    case hangUp
}

/// The seven exceptions of GetMacieSession (Macie API reference, "Errors").
package enum SimulatedException: String, Sendable, CaseIterable {
    case validation = "ValidationException"
    case serviceQuotaExceeded = "ServiceQuotaExceededException"
    case accessDenied = "AccessDeniedException"
    case resourceNotFound = "ResourceNotFoundException"
    case conflict = "ConflictException"
    case throttling = "ThrottlingException"
    case internalServer = "InternalServerException"

    package var httpStatus: Int {
        switch self {
        case .validation: 400
        case .serviceQuotaExceeded: 402
        case .accessDenied: 403
        case .resourceNotFound: 404
        case .conflict: 409
        case .throttling: 429
        case .internalServer: 500
        }
    }

    /// What is said when the test does not say it.
    package var ownMessage: String {
        switch self {
        case .validation: "1 validation error detected"
        case .serviceQuotaExceeded: "The request would exceed a quota"
        case .accessDenied: "Macie is not enabled"
        case .resourceNotFound: "The resource was not found"
        case .conflict: "The request conflicts with the current state of the resource"
        case .throttling: "Rate exceeded"
        case .internalServer: "An internal error occurred"
        }
    }
}

/// A success whose body cannot be believed.
package enum Malformation: String, Sendable, CaseIterable {
    /// Half of the JSON text, correctly framed.
    case truncated
    /// A page of HTML.
    case notJSON
    /// The JSON text behind a byte order mark, which RFC 8259 8.1 forbids.
    case byteOrderMark
    /// 2 MiB of JSON: twice what a client should take.
    case tooLong
    /// A Content-Length longer than the body, then the end of the connection.
    case wrongContentLength
}
