import AWSRuntime
import HTTPTransport
import NIOHTTP1
import NIOPosix
import Testing

/// Against a real server on loopback, without TLS and without a proxy.
@Suite(.timeLimit(.minutes(1))) struct HTTPTransportTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Amzn-RequestId: r-1\r\n\r\n{}"

    @Test func `an answer comes back whole`() async throws {
        try await withServer(answering: { _ in .bytes(Self.ok) }) { server, transport in
            let answer = try await transport.send(server.get("/macie"), timeouts: .init())
            #expect(answer.status == 200)
            #expect(answer.header("x-amzn-requestid") == "r-1")
            #expect(answer.body == Array("{}".utf8))
        }
    }

    @Test func `path, query, headers and body arrive exactly as sent`() async throws {
        try await withServer(answering: { _ in .bytes(Self.ok) }) { server, transport in
            var request = try server.get("/base/a%20b/./..//c%2Fd~", query: "b=%2F+%20&a&a=1")
            request.headers = [
                ("Host", "macie2.us-east-1.amazonaws.com"), ("x-amz-date", "20150830T123600Z"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c"), ("X-Twice", "1"), ("X-Twice", "2"),
            ]
            _ = try await transport.send(request, timeouts: .init())
            let head = try #require(server.requests.first)
            #expect(head.uri == "/base/a%20b/./..//c%2Fd~?b=%2F+%20&a&a=1")
            #expect(head.headers.map(\.name) == request.headers.map(\.name))
            #expect(head.headers.map(\.value) == request.headers.map(\.value))
        }
    }

    @Test func `requests one after another share a connection`() async throws {
        try await withServer(answering: { _ in .bytes(Self.ok) }) { server, transport in
            for _ in 1...5 { _ = try await transport.send(server.get("/"), timeouts: .init()) }
            #expect(server.requests.count == 5)
            #expect(server.connections == 1)
        }
    }

    @Test func `a server that closes every connection is asked over new ones`() async throws {
        let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
        try await withServer(answering: { _ in .bytesThenClose(closing) }) { server, transport in
            for _ in 1...3 { _ = try await transport.send(server.get("/"), timeouts: .init()) }
            #expect(server.connections == 3)
        }
    }

    @Test func `many requests at once are all answered over a bounded number of connections`() async throws {
        try await withServer(answering: { _ in .bytes(Self.ok) }) { server, transport in
            try await withThrowingTaskGroup { group in
                for _ in 1...200 {
                    group.addTask { _ = try await transport.send(server.get("/"), timeouts: .init()) }
                }
                try await group.waitForAll()
            }
            #expect(server.requests.count == 200)
            #expect(server.connections <= 32)
        }
    }

    @Test(arguments: [true, false])
    func `a body of 1 MiB passes and one byte more is refused`(announced: Bool) async throws {
        let limit = 1 << 20
        for excess in [0, 1] {
            let length = announced ? "Content-Length: \(limit + excess)\r\n" : "Connection: close\r\n"
            let head = "HTTP/1.1 200 OK\r\n\(length)\r\n"
            let reply = LoopbackServer.Reply.bodyThenClose(head: head, count: limit + excess)
            try await withServer(answering: { _ in reply }) { server, transport in
                if excess == 0 {
                    let answer = try await transport.send(server.get("/"), timeouts: .init())
                    #expect(answer.body.count == limit)
                } else {
                    await #expect(throws: HTTPExchangeFailure.responseTooLarge(limit: limit)) {
                        try await transport.send(server.get("/"), timeouts: .init())
                    }
                }
            }
        }
    }

    @Test func `a body announced as too long is refused before it comes`() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n"
        try await withServer(answering: { _ in .bytes(head) }) { server, transport in
            await #expect(throws: HTTPExchangeFailure.responseTooLarge(limit: 1 << 20)) {
                try await transport.send(server.get("/"), timeouts: .init())
            }
        }
    }

    @Test func `redirects are handed back, not followed`() async throws {
        let redirect = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        try await withServer(answering: { _ in .bytes(redirect) }) { server, transport in
            let answer = try await transport.send(server.get("/"), timeouts: .init())
            #expect(answer.status == 302)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a compressed body is handed back as it came, and none is asked for`() async throws {
        let compressed = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
        try await withServer(answering: { _ in .bytes(compressed) }) { server, transport in
            let answer = try await transport.send(server.get("/"), timeouts: .init())
            #expect(answer.body == Array("abc".utf8))
            #expect(server.requests.first?.headers.contains(name: "accept-encoding") == false)
        }
    }

    @Test func `a refused connection is told at once`() async throws {
        let server = try await LoopbackServer.start { _ in .silence }
        try await server.stop()
        try await withTransport { transport in
            let start = ContinuousClock.now
            let failure = await #expect(throws: HTTPExchangeFailure.self) {
                try await transport.send(server.get("/"), timeouts: .init(connect: .seconds(40), attempt: .seconds(40)))
            }
            #expect(ContinuousClock.now - start < .seconds(20))
            guard case .cannotConnect(let why) = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(why.contains("Connection refused"))
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
    func `an attempt ends at its deadline, whether nothing came or half`(start: String) async throws {
        try await withServer(answering: { _ in .bytes(start) }) { server, transport in
            await #expect(throws: HTTPExchangeFailure.attemptTimedOut) {
                try await transport.send(server.get("/"), timeouts: .init(attempt: .milliseconds(100)))
            }
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "HTTP/1.1 200 OK\r\nConte"])
    func `a connection closed before the whole answer is a failure of its own`(start: String) async throws {
        try await withServer(answering: { _ in .bytesThenClose(start) }) { server, transport in
            await #expect(throws: HTTPExchangeFailure.connectionClosed) {
                try await transport.send(server.get("/"), timeouts: .init())
            }
        }
    }

    @Test func `what is not HTTP is a failure without its text`() async throws {
        try await withServer(answering: { _ in .bytesThenClose("SSH-2.0-canary\r\n\r\n") }) { server, transport in
            let failure = await #expect(throws: HTTPExchangeFailure.self) {
                try await transport.send(server.get("/"), timeouts: .init())
            }
            #expect("\(String(describing: failure))".contains("canary") == false)
        }
    }

    @Test func `a header value that cannot be sent is not repeated in the failure`() async throws {
        try await withServer(answering: { _ in .bytes(Self.ok) }) { server, transport in
            var request = try server.get("/")
            request.headers = [("Authorization", "canary-secret\nX: y")]
            let sent = request
            let failure = await #expect(throws: HTTPExchangeFailure.self) {
                try await transport.send(sent, timeouts: .init())
            }
            #expect(failure == .other("Invalid header field values"))
        }
    }

    @Test func `cancelling the task ends the exchange`() async throws {
        try await withServer(answering: { _ in .silence }) { server, transport in
            let request = try server.get("/")
            let timeouts = ExchangeTimeouts(attempt: .seconds(40))
            let exchange = Task { try await transport.send(request, timeouts: timeouts) }
            for await _ in server.arrivals { break }
            let start = ContinuousClock.now
            exchange.cancel()
            await #expect(throws: CancellationError.self) { try await exchange.value }
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test func `after a shutdown nothing is sent`() async throws {
        let server = try await LoopbackServer.start { _ in .bytes(Self.ok) }
        let transport = try HTTPTransport(configuration: .init(), eventLoopGroup: .singletonMultiThreadedEventLoopGroup)
        _ = try await transport.send(server.get("/"), timeouts: .init())
        try await transport.shutdown()
        await #expect(throws: HTTPExchangeFailure.other("the transport was shut down")) {
            try await transport.send(server.get("/"), timeouts: .init())
        }
        try await server.stop()
    }
}
