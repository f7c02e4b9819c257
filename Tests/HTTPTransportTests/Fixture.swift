import AWSRuntime
import HTTPTransport
import NIOPosix

func withTransport(
    _ configuration: HTTPTransportConfiguration = .init(), _ body: (HTTPTransport) async throws -> Void
) async throws {
    let transport = try HTTPTransport(
        configuration: configuration, eventLoopGroup: .singletonMultiThreadedEventLoopGroup)
    do {
        try await body(transport)
    } catch {
        try await transport.shutdown()
        throw error
    }
    try await transport.shutdown()
}

func withServer(
    answering answer: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Reply,
    _ body: (LoopbackServer, HTTPTransport) async throws -> Void
) async throws {
    let server = try await LoopbackServer.start(answering: answer)
    try await withTransport { transport in try await body(server, transport) }
    try await server.stop()
}

extension LoopbackServer {
    func get(_ path: String, query: String = "", at origin: String = "http://127.0.0.1") throws -> HTTPExchangeRequest {
        try HTTPExchangeRequest(
            method: "GET", url: EndpointURL(parsing: "\(origin):\(port)"), path: path, query: query,
            headers: [("Host", "127.0.0.1:\(port)")])
    }
}
