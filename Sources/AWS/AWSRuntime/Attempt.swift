import AWSSigning
import Secrets
import Timestamps

/// One request of a call on its way from the operation to the wire.
struct Attempt {
    let request: OperationRequest
    let endpoint: EndpointURL
    /// What to sign with and for; nil for what is not signed.
    let signing: (scope: CredentialScope, credential: Credential)?
    /// From 1.
    let number: Int
    /// What the local clock showed, clock skew uncorrected.
    let signedAt: Timestamp
    /// Until the call's deadline.
    let timeLeft: Duration

    /// What the signature covers: host and the operation's own headers (Content-Type, X-Amz-…), nothing that a proxy
    /// or the transport may add or change.
    var signable: SignableRequest {
        SignableRequest(
            method: request.method, path: path, query: request.query, headers: headers, body: request.body)
    }

    /// What is sent: the request, signed if it is to be, with the headers that stay unsigned.
    func exchangeRequest(signed: SignedRequest?, userAgent: String, maximumAttempts: Int) -> HTTPExchangeRequest {
        let unsigned = [
            (name: "User-Agent", value: userAgent),
            (name: "amz-sdk-request", value: "attempt=\(number); max=\(maximumAttempts)"),
        ]
        return HTTPExchangeRequest(
            method: request.method, url: endpoint, path: path, query: request.query,
            headers: headers + (signed?.addedHeaders ?? []) + unsigned, body: request.body)
    }

    private var path: String { endpoint.basePath + request.path }

    private var headers: [(name: String, value: String)] {
        [(name: "Host", value: endpoint.hostHeader)] + request.headers
    }
}
