import AWSRuntime
import Foundation
import HTTPTransport
import NIOPosix
import NIOSSL
import Testing

/// Whom the transport trusts, and who cannot talk to it.
@Suite(.timeLimit(.minutes(1))) struct HTTPTransportTLSTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    @Test(arguments: ["https://127.0.0.1", "https://localhost"])
    func `a server vouched for by our own CA bundle is trusted, and its connection kept`(origin: String) async throws {
        let authority = try TestAuthority()
        let tls = try authority.serverContext(for: "DNS:localhost,IP:127.0.0.1")
        try await withTLSServer(tls, trusting: authority.bundlePath) { server, transport in
            for _ in 1...3 {
                let answer = try await transport.send(server.get("/", at: origin), timeouts: .init())
                #expect(answer.status == 200)
            }
            #expect(server.connections == 1)
        }
    }

    @Test func `the bundle named by AWS_CA_BUNDLE is taken when no other is configured`() async throws {
        let authority = try TestAuthority()
        let tls = try authority.serverContext(for: "IP:127.0.0.1")
        let server = try await LoopbackServer.start(tls: tls) { _ in .bytes(Self.ok) }
        try await withTransport(.init(environment: ["AWS_CA_BUNDLE": authority.bundlePath])) { transport in
            let answer = try await transport.send(server.get("/", at: "https://127.0.0.1"), timeouts: .init())
            #expect(answer.status == 200)
        }
        try await server.stop()
    }

    @Test func `a server nobody vouches for is refused before anything is sent`() async throws {
        let authority = try TestAuthority()
        let tls = try authority.serverContext(for: "IP:127.0.0.1")
        try await withTLSServer(tls, trusting: nil) { server, transport in
            await #expect(throws: HTTPExchangeFailure.tls("CERTIFICATE_VERIFY_FAILED")) {
                try await transport.send(server.get("/", at: "https://127.0.0.1"), timeouts: .init())
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `our own CA bundle replaces the system's authorities`() async throws {
        let ours = try TestAuthority()
        let other = try TestAuthority()
        let tls = try other.serverContext(for: "IP:127.0.0.1")
        try await withTLSServer(tls, trusting: ours.bundlePath) { server, transport in
            await #expect(throws: HTTPExchangeFailure.tls("CERTIFICATE_VERIFY_FAILED")) {
                try await transport.send(server.get("/", at: "https://127.0.0.1"), timeouts: .init())
            }
        }
    }

    @Test(arguments: ["https://127.0.0.1", "https://localhost"])
    func `a certificate for another name is refused`(origin: String) async throws {
        let authority = try TestAuthority()
        let tls = try authority.serverContext(for: "DNS:elsewhere.test")
        try await withTLSServer(tls, trusting: authority.bundlePath) { server, transport in
            await #expect(throws: HTTPExchangeFailure.tls("the certificate is for another host name")) {
                try await transport.send(server.get("/", at: origin), timeouts: .init())
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `TLS 1.1 is refused`() async throws {
        let authority = try TestAuthority()
        let tls = try authority.serverContext(for: "IP:127.0.0.1", from: .tlsv1, to: .tlsv11)
        try await withTLSServer(tls, trusting: authority.bundlePath) { server, transport in
            let failure = await #expect(throws: HTTPExchangeFailure.self) {
                try await transport.send(server.get("/", at: "https://127.0.0.1"), timeouts: .init())
            }
            guard case .tls = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
        }
    }

    @Test func `a server that never shakes hands is given up after the connect timeout`() async throws {
        let server = try await LoopbackServer.startDeaf()
        try await withTransport { transport in
            await #expect(throws: HTTPExchangeFailure.connectTimedOut) {
                try await transport.send(
                    server.get("/", at: "https://127.0.0.1"), timeouts: .init(connect: .milliseconds(100)))
            }
        }
        try await server.stop()
    }

    @Test func `a CA bundle that is missing or empty is told by its path at the start`() throws {
        let empty = FileManager.default.temporaryDirectory.appending(component: "empty-\(UUID().uuidString)").path
        #expect(FileManager.default.createFile(atPath: empty, contents: Data("nothing\n".utf8)))
        defer { try? FileManager.default.removeItem(atPath: empty) }
        for (path, why) in [("/nowhere/ca.pem", "No such file"), (empty, "no certificate"), ("/", "no certificate")] {
            let failure = #expect(throws: HTTPTransportFailure.self) {
                try HTTPTransport(
                    configuration: .init(caBundlePath: path), eventLoopGroup: .singletonMultiThreadedEventLoopGroup)
            }
            let text = failure?.description ?? ""
            #expect(text.contains(path) && text.contains(why), "\(text)")
        }
    }

    private func withTLSServer(
        _ tls: NIOSSLContext, trusting bundle: String?, _ body: (LoopbackServer, HTTPTransport) async throws -> Void
    ) async throws {
        let server = try await LoopbackServer.start(tls: tls) { _ in .bytes(Self.ok) }
        try await withTransport(.init(caBundlePath: bundle)) { transport in try await body(server, transport) }
        try await server.stop()
    }
}
