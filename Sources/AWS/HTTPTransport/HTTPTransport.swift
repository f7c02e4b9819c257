package import AWSRuntime
import AsyncHTTPClient
package import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// The only outbound I/O: one HTTP/1.1 exchange over async-http-client, with a keep-alive pool for each host.
///
/// It neither retries, signs, follows redirects nor decompresses, and has no logger: a signed header can reach no log.
package final class HTTPTransport: HTTPExchange {
    private enum State {
        case open([Pool: HTTPClient])
        case shutDown
    }

    /// async-http-client fixes proxy and connect timeout for a whole client, so there is one client for each pair in
    /// use. Both come from the configuration: there are few.
    private struct Pool: Hashable {
        let route: ProxyRoute
        let connectTimeout: Duration
    }

    private let maximumResponseBytes: Int
    private let keepsConnections: Bool
    private let proxies: ProxyRules
    private let tls: TLSConfiguration
    private let group: any EventLoopGroup
    private let state = Mutex<State>(.open([:]))

    /// Reads the CA bundle, if there is one; blocks for that long.
    /// - Throws: `HTTPTransportFailure` when the CA bundle or a proxy variable cannot be used.
    package init(
        configuration: HTTPTransportConfiguration, eventLoopGroup: any EventLoopGroup
    ) throws(HTTPTransportFailure) {
        maximumResponseBytes = configuration.maximumResponseBytes
        keepsConnections = configuration.keepsConnections
        proxies = try ProxyRules(environment: configuration.environment)
        tls = try .trusting(caBundle: configuration.effectiveCABundlePath)
        group = eventLoopGroup
    }

    /// Sends one request and collects its answer, all within `timeouts.attempt`.
    /// - Throws: `HTTPExchangeFailure`, or `CancellationError` when the calling task was cancelled.
    package func send(
        _ request: HTTPExchangeRequest, timeouts: ExchangeTimeouts
    ) async throws -> HTTPExchangeResponse {
        try Task.checkCancellation()
        let route = proxies.route(to: request.url)
        let deadline = NIODeadline.now() + TimeAmount(timeouts.attempt)
        do {
            let client = try client(for: Pool(route: route, connectTimeout: timeouts.connect))
            var request = request
            if !keepsConnections { request.headers.append((name: "Connection", value: "close")) }
            let answer = try await client.answer(to: request, atMost: maximumResponseBytes, before: deadline)
            return HTTPExchangeResponse(
                status: Int(answer.status.code),
                headers: answer.headers.map { (name: $0.name, value: $0.value) },
                body: answer.body.map { Array($0.readableBytesView) } ?? [])
        } catch {
            try Task.checkCancellation()
            throw HTTPExchangeFailure(error, on: route)
        }
    }

    /// Closes every connection; exchanges under way fail, later ones too. To be called once before letting go.
    package func shutdown() async throws {
        let clients: [HTTPClient] = state.withLock { state in
            defer { state = .shutDown }
            guard case .open(let clients) = state else { return [] }
            return Array(clients.values)
        }
        for client in clients { try await client.shutdown() }
    }

    private func client(for pool: Pool) throws(HTTPClientError) -> HTTPClient {
        try state.withLock { state throws(HTTPClientError) in
            guard case .open(var clients) = state else { throw .alreadyShutdown }
            if let client = clients[pool] { return client }
            let client = HTTPClient(eventLoopGroup: group, configuration: configuration(for: pool))
            clients[pool] = client
            state = .open(clients)
            return client
        }
    }

    private func configuration(for pool: Pool) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(pool.connectTimeout)),
            connectionPool: .init(
                idleTimeout: PoolLimits.idle,
                concurrentHTTP1ConnectionsPerHostSoftLimit: PoolLimits.connectionsPerHost),
            proxy: pool.route.proxy,
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        // AWSClient retries, with its own rule and quota: a refused connection is told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}

private enum PoolLimits {
    /// Below the 60 s after which AWS's load balancers hang up: we close first, and meet no half-closed connection.
    static let idle = TimeAmount.seconds(50)
    /// One flight serves all who ask for the same thing, so few run at once; a custom endpoint may serve every region.
    static let connectionsPerHost = 32
}

extension HTTPClient {
    /// The callback interface is used because its deadline covers the body too; that of `execute(_:deadline:)` ends
    /// with the head.
    fileprivate func answer(
        to exchange: HTTPExchangeRequest, atMost limit: Int, before deadline: NIODeadline
    ) async throws -> Response {
        let request = try Request(
            url: exchange.absoluteURL,
            method: HTTPMethod(rawValue: exchange.method),
            headers: HTTPHeaders(exchange.headers.map { ($0.name, $0.value) }),
            body: exchange.body.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: exchange.body)))
        // Checks Content-Length before the first byte of the body, and then every part.
        let accumulator = ResponseAccumulator(request: request, maxBodySize: limit)
        let task = execute(request: request, delegate: accumulator, deadline: deadline)
        return try await withTaskCancellationHandler {
            try await task.get()
        } onCancel: {
            task.cancel()
        }
    }
}
