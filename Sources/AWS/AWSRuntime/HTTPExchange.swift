/// One HTTP request sent and its whole answer received: all that the AWS rooms know of a network.
///
/// HTTPTransport implements it over TLS; tests script it. An implementation neither retries nor signs nor follows
/// redirects, and it writes exactly the headers it was given (besides those that framing needs).
package protocol HTTPExchange: Sendable {
    /// - Throws: `HTTPExchangeFailure`, or `CancellationError` when the calling task was cancelled; nothing else.
    func send(_ request: HTTPExchangeRequest, timeouts: ExchangeTimeouts) async throws -> HTTPExchangeResponse
}

/// What is sent: everything is as it goes on the wire, percent-encoding included.
package struct HTTPExchangeRequest: Sendable {
    package var method: String
    /// Scheme, host and port to connect to. Its base path is already part of `path`.
    package var url: EndpointURL
    /// Begins with "/".
    package var path: String
    /// Without the "?"; empty when there is none.
    package var query: String
    /// In order, `Host` included. A value may be a signature or a token.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        method: String, url: EndpointURL, path: String, query: String = "",
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// `https://host:port/path?query`, as an HTTP client wants it. It holds no secret: AWS signs in headers here.
    package var absoluteURL: String {
        "\(url.scheme.rawValue)://\(url.authority)\(path)\(query.isEmpty ? "" : "?\(query)")"
    }
}

/// Printed, dumped or interpolated, a request shows where it goes, never a header.
extension HTTPExchangeRequest: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(method) \(absoluteURL)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// How long an exchange may take. The defaults are the product's; configuration may change them.
package struct ExchangeTimeouts: Sendable, Equatable {
    /// TCP and TLS until the connection can be used.
    package var connect: Duration
    /// One attempt, from the first byte sent to the last byte received, connecting included.
    package var attempt: Duration
    /// All attempts and the pauses between them. `AWSClient` keeps it; an exchange may ignore it.
    package var whole: Duration

    package init(connect: Duration = .seconds(3), attempt: Duration = .seconds(10), whole: Duration = .seconds(20)) {
        self.connect = connect
        self.attempt = attempt
        self.whole = whole
    }
}

/// What came back, whole; the body is bounded by the transport's own limit.
package struct HTTPExchangeResponse: Sendable {
    package var status: Int
    /// In the order received, names in any case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header, its name compared without regard to case, blanks around the value dropped.
    package func header(_ name: String) -> String? {
        headers.first { HeaderText.isSameName($0.name, name) }.map { HeaderText.trimmed($0.value) }
    }
}

/// Why no answer came. The texts are for people; they never hold a header value, a body or a credential.
package enum HTTPExchangeFailure: Error, Sendable, Equatable {
    case connectTimedOut
    case attemptTimedOut
    /// Name resolution, refusal, no route.
    case cannotConnect(String)
    /// The handshake or the certificate.
    case tls(String)
    /// Closed by the peer before the answer was complete.
    case connectionClosed
    case proxy(String)
    /// The answer's body is longer than `limit` bytes.
    case responseTooLarge(limit: Int)
    case other(String)
}

extension HTTPExchangeFailure {
    /// The same for people.
    package var words: String {
        switch self {
        case .connectTimedOut: "connecting took too long"
        case .attemptTimedOut: "no answer in time"
        case .cannotConnect(let why): "cannot connect: \(why)"
        case .tls(let why): "TLS: \(why)"
        case .connectionClosed: "the connection was closed before the answer was complete"
        case .proxy(let why): "the proxy: \(why)"
        case .responseTooLarge(let limit): "an answer of more than \(limit) bytes"
        case .other(let why): why
        }
    }
}
