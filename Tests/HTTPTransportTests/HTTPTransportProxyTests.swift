import AWSRuntime
import HTTPTransport
import NIOHTTP1
import Testing

/// Through a real CONNECT proxy on loopback. `.test` names never resolve (RFC 6761): only the tunnel can reach them.
@Suite(.timeLimit(.minutes(1))) struct HTTPTransportProxyTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    @Test func `https goes through the tunnel, and the proxy never sees the request`() async throws {
        let authority = try TestAuthority()
        let tls = try authority.serverContext(for: "DNS:macie2.test")
        let server = try await LoopbackServer.start(tls: tls) { _ in .bytes(Self.ok) }
        let proxy = try await TunnelProxy.start(to: server.port)
        let environment = ["HTTPS_PROXY": "http://user:p%40ss@127.0.0.1:\(proxy.port)"]
        try await withTransport(.init(caBundlePath: authority.bundlePath, environment: environment)) { transport in
            for _ in 1...2 {
                let request = HTTPExchangeRequest(
                    method: "GET", url: try EndpointURL(parsing: "https://macie2.test"), path: "/macie",
                    headers: [("Host", "macie2.test"), ("Authorization", "signed")])
                #expect(try await transport.send(request, timeouts: .init()).status == 200)
            }
        }
        let asked = try #require(proxy.requests.first)
        #expect(proxy.requests.count == 1 && asked.method == .CONNECT && asked.uri == "macie2.test:443")
        #expect(asked.headers["proxy-authorization"] == ["Basic dXNlcjpwQHNz"])
        #expect(asked.headers["authorization"].isEmpty)
        #expect(server.requests.first?.headers["authorization"] == ["signed"])
        #expect(server.requests.first?.headers["proxy-authorization"] == [])
        try await proxy.stop()
        try await server.stop()
    }

    /// 0.0.0.0 reaches this host without being a loopback address.
    @Test(arguments: ["0.0.0.0", "*", "0.0.0.0:PORT"])
    func `NO_PROXY leads past the proxy`(exception: String) async throws {
        try await withProxy { server, proxy in
            let noProxy = exception.replacing("PORT", with: "\(server.port)")
            let environment = ["http_proxy": "127.0.0.1:\(proxy.port)", "no_proxy": noProxy]
            try await withTransport(.init(environment: environment)) { transport in
                let answer = try await transport.send(server.get("/", at: "http://0.0.0.0"), timeouts: .init())
                #expect(answer.status == 200)
            }
            #expect(proxy.requests.isEmpty && server.requests.count == 1)
        }
    }

    @Test func `loopback is never proxied, and what NO_PROXY does not name is`() async throws {
        try await withProxy { server, proxy in
            let environment = ["http_proxy": "http://127.0.0.1:\(proxy.port)", "NO_PROXY": "elsewhere.test"]
            try await withTransport(.init(environment: environment)) { transport in
                for origin in ["http://127.0.0.1", "http://localhost"] {
                    _ = try await transport.send(server.get("/", at: origin), timeouts: .init())
                }
                #expect(proxy.requests.isEmpty)
                _ = try await transport.send(server.get("/", at: "http://0.0.0.0"), timeouts: .init())
                #expect(proxy.requests.map(\.uri) == ["0.0.0.0:\(server.port)"])
            }
        }
    }

    @Test(arguments: [(407, "asks for a user name"), (403, "refused to open a tunnel"), (502, "refused")])
    func `a proxy that opens no tunnel is told apart from AWS`(status: Int, why: String) async throws {
        let proxy = try await TunnelProxy.start(to: 1, answering: .init(statusCode: status))
        try await expectProxyFailure(through: "http://user:canary@127.0.0.1:\(proxy.port)", saying: why)
        try await proxy.stop()
    }

    @Test func `a proxy that is not there is told, without its password`() async throws {
        let proxy = try await TunnelProxy.start(to: 1)
        try await proxy.stop()
        try await expectProxyFailure(through: "http://user:canary@127.0.0.1:\(proxy.port)", saying: "cannot be reached")
    }

    private func expectProxyFailure(through proxy: String, saying why: String) async throws {
        try await withTransport(.init(environment: ["HTTPS_PROXY": proxy])) { transport in
            let request = HTTPExchangeRequest(
                method: "GET", url: try EndpointURL(parsing: "https://macie2.test"), path: "/macie")
            let failure = await #expect(throws: HTTPExchangeFailure.self) {
                try await transport.send(request, timeouts: .init())
            }
            guard case .proxy(let text) = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(text.contains(why) && !text.contains("canary"), "\(text)")
        }
    }

    private func withProxy(_ body: (LoopbackServer, TunnelProxy) async throws -> Void) async throws {
        let server = try await LoopbackServer.start { _ in .bytes(Self.ok) }
        let proxy = try await TunnelProxy.start(to: server.port)
        try await body(server, proxy)
        try await proxy.stop()
        try await server.stop()
    }
}
