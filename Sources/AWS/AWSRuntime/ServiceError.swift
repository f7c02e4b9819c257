package import Timestamps

/// AWS's own refusal: it answered, and the answer is an error.
package struct ServiceError: Error, Sendable, Equatable {
    /// The exception's name, such as `AccessDeniedException`; the HTTP status in digits when AWS named none.
    package var code: String
    /// For people. May be empty.
    package var message: String
    package var httpStatus: Int
    package var requestID: String?
    /// Seconds AWS asks to wait before the next try.
    package var retryAfter: Double?

    package init(
        code: String, message: String, httpStatus: Int, requestID: String? = nil, retryAfter: Double? = nil
    ) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.requestID = requestID
        self.retryAfter = retryAfter
    }
}

extension HTTPExchangeResponse {
    /// The id by which AWS's support finds the request.
    package var requestID: String? { header("x-amzn-requestid") }

    /// When it was sent, by the clock of whoever answered: the `Date` header (RFC 9110, 6.6.1).
    package var sentAt: Timestamp? { header("date").flatMap { Timestamp(parsingHTTPDate: $0) } }
}
