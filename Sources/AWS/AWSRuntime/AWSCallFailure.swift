package import Timestamps

/// Why a call to AWS has no result, after all its attempts. No text in it holds a header value or a secret.
package struct AWSCallFailure: Error, Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        /// AWS answered with an error.
        case service(ServiceError)
        /// AWS answered with success, but not in the form its model promises.
        case malformed(reason: String, status: Int, requestID: String?)
        /// No answer.
        case exchange(HTTPExchangeFailure)
        /// The time for all attempts was over before one had an outcome.
        case deadline
        /// The request could not be signed: the cryptographic library failed.
        case signing
        /// Nothing may be signed now: the gate is shut.
        case gateShut
    }

    /// Of the last attempt.
    package let cause: Cause
    /// How many requests were sent.
    package let attempts: Int

    package init(cause: Cause, attempts: Int) {
        self.cause = cause
        self.attempts = attempts
    }
}

/// What a call to AWS came to.
package struct AWSReply<Output: Sendable>: Sendable {
    package let output: Output
    package let requestID: String?
    /// How many requests were sent.
    package let attempts: Int
    /// By the clock of whoever answered: the `Date` header; nil when there was none.
    package let sentAt: Timestamp?

    package init(output: Output, requestID: String?, attempts: Int, sentAt: Timestamp? = nil) {
        self.output = output
        self.requestID = requestID
        self.attempts = attempts
        self.sentAt = sentAt
    }
}
