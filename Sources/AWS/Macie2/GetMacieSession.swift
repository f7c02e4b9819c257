package import AWSRuntime

/// Macie2's GetMacieSession: `GET /macie`, no input
/// (<https://docs.aws.amazon.com/macie/latest/APIReference/macie.html#GetMacieSession>).
package struct GetMacieSession: AWSOperation {
    package static let name = "GetMacieSession"
    package static let service = AWSService.macie2

    package init() {}

    package var request: OperationRequest { OperationRequest(method: "GET", path: "/macie") }

    package static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> MacieSession {
        let output = try RESTJSONOutput(response)
        return MacieSession(
            createdAt: try output.timestamp("createdAt"),
            findingPublishingFrequency: try output.string("findingPublishingFrequency"),
            serviceRole: try output.string("serviceRole"),
            status: try output.string("status"),
            updatedAt: try output.timestamp("updatedAt"))
    }
}

extension GetMacieSession {
    /// The errors its model names; AWS may answer with others. Told apart by code, never by status.
    package enum Exception: String, Sendable, CaseIterable {
        case validation = "ValidationException"
        case serviceQuotaExceeded = "ServiceQuotaExceededException"
        /// No right to ask, or Macie is not enabled in the account: only the message tells which.
        case accessDenied = "AccessDeniedException"
        case resourceNotFound = "ResourceNotFoundException"
        case conflict = "ConflictException"
        case throttling = "ThrottlingException"
        case internalServer = "InternalServerException"

        /// The status it is modelled with.
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
    }
}

extension AWSService {
    package static let macie2 = AWSService(signingName: "macie2", endpointPrefix: "macie2", sdkID: "Macie2")
}
