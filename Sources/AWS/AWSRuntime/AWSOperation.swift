package import Secrets
package import Timestamps

/// One operation of one service: what to send, and what its answer means. Pure; `AWSClient` carries it.
package protocol AWSOperation: Sendable {
    associatedtype Output: Sendable

    /// The operation's name in the service model, such as `GetMacieSession`.
    static var name: String { get }
    static var service: AWSService { get }

    var request: OperationRequest { get }

    /// Reads an answer of status 200 to 299.
    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> Output

    /// Reads an answer of any other status. Unless the operation says otherwise: restJson1.
    static func parseRefusal(_ response: HTTPExchangeResponse, at now: Timestamp) -> ServiceError
}

extension AWSOperation {
    package static func parseRefusal(_ response: HTTPExchangeResponse, at now: Timestamp) -> ServiceError {
        ServiceError(restJSON: response, at: now)
    }
}

/// A request before it has an endpoint, a date and a signature.
package struct OperationRequest: Sendable {
    package var method: String
    /// Begins with "/", percent-encoded as on the wire; the endpoint's base path goes before it.
    package var path: String
    /// Without "?".
    package var query: String
    /// Where the request is signed, only `Content-Type` and `X-Amz-…`: all of them are signed.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// What of it is secret besides the signature: no error that quotes it is passed on.
    package var secrets: [SealedText]

    package init(
        method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], secrets: [SealedText] = []
    ) {
        self.secrets = secrets
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}

/// An answer that says success but is not what the service's model promises. The reason never holds its text.
package struct MalformedResponse: Error, Sendable, Equatable {
    package let reason: String

    package init(reason: String) { self.reason = reason }
}
