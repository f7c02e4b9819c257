import Foundation
import JSONText
import Testing

/// The broker stops in order: nobody new, everybody who asked is answered, in bounded time.
@Suite struct ServerShutdownTests {
    @Test(arguments: [(SIGTERM, 100, 1), (SIGTERM, 4, 25), (SIGINT, 10, 10)])
    func `a hundred requests in flight get their hundred replies`(signal: Int32, connections: Int, each: Int) throws {
        let fixture = try ServerFixture(slow: 1_000)
        let clients = try (0..<connections).map { _ in try fixture.connect() }
        for client in clients {
            try client.send((1...each).map { RequestLine.session($0) + "\n" }.joined() + RequestLine.whoAmI(0) + "\n")
        }
        // The quick reply comes when the slow ones are in flight.
        for client in clients { #expect(client.readReply()["id"] == 0) }
        fixture.broker.signal(signal)
        for client in clients {
            let replies = (1...each).map { _ in client.readReply() }
            #expect(replies.map { $0["id"] } == (1...each).map { JSONValue($0) })
            #expect(replies.allSatisfy { $0["result"]?["session"] != nil })
            #expect(client.readToEnd() == "")
        }
        #expect(fixture.broker.waitForExit(seconds: 10) == 0)
        #expect(try fixture.simulator.calls() == (1, 0))
        #expect(!fixture.hasPath && !fixture.hasLock)
    }

    @Test func `nobody new is let in while the last are being answered`() throws {
        let fixture = try ServerFixture(slow: 1_500)
        let client = try fixture.connect()
        try client.send(RequestLine.session(1) + "\n" + RequestLine.whoAmI(0) + "\n")
        #expect(client.readReply()["id"] == 0)
        fixture.broker.signal(SIGTERM)
        #expect(Waiting.until(seconds: 5) { !fixture.hasPath })
        #expect(throws: HarnessFailure.self) { try fixture.connect() }
        #expect(client.readReply()["result"]?["session"] != nil)
        #expect(fixture.broker.waitForExit(seconds: 10) == 0)
    }

    @Test func `the wait for AWS is bounded, and who still waits is told`() throws {
        let fixture = try ServerFixture("shutdownSeconds: 0.5", slow: 20_000)
        let clients = try (0..<4).map { _ in try fixture.connect() }
        for client in clients {
            try client.send((1...5).map { RequestLine.session($0) + "\n" }.joined() + RequestLine.whoAmI(0) + "\n")
            #expect(client.readReply()["id"] == 0)
        }
        fixture.broker.signal(SIGTERM)
        #expect(fixture.broker.waitForExit(seconds: 5) == 0)
        for client in clients {
            let replies = (1...5).map { _ in client.readReply() }
            #expect(replies.map { $0["id"] } == [1, 2, 3, 4, 5])
            #expect(replies.allSatisfy { $0.errorType == "ShuttingDown" && $0["error"]?["code"] == -32014 })
            #expect(client.readToEnd() == "")
        }
        #expect(!fixture.hasPath && !fixture.hasLock)
    }

    @Test(arguments: zip([SIGTERM, SIGINT], [Int32(143), 130]))
    func `a second signal ends it at once`(second: Int32, status: Int32) throws {
        let fixture = try ServerFixture("shutdownSeconds: 60", slow: 15_000)
        let client = try fixture.connect()
        try client.send(RequestLine.session(1) + "\n" + RequestLine.whoAmI(0) + "\n")
        #expect(client.readReply()["id"] == 0)
        fixture.broker.signal(SIGTERM)
        #expect(Waiting.until(seconds: 5) { !fixture.hasPath })
        fixture.broker.signal(second)
        #expect(fixture.broker.waitForExit(seconds: 3) == status)
    }

    @Test func `connections at rest are closed, also those of clients that do not hang up themselves`() throws {
        let fixture = try ServerFixture()
        let silent = try fixture.connect()
        let idle = try fixture.connect()
        #expect(try idle.ask(RequestLine.whoAmI(1))["id"] == 1)
        let unfinished = try fixture.connect()
        try unfinished.send("{")
        fixture.broker.signal(SIGTERM)
        #expect(fixture.broker.waitForExit(seconds: 5) == 0)
        for client in [silent, idle, unfinished] { #expect(client.readToEnd() == "") }
    }

    @Test func `replies that a slow client has not read yet are not cut off`() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.send((1...50).map { RequestLine.discover($0) + "\n" }.joined())
        try client.waitUntilTaken()
        let resting = try fixture.connect()
        #expect(try resting.ask(RequestLine.whoAmI(0))["id"] == 0)
        fixture.broker.signal(SIGTERM)
        // One at rest is closed when the others are given their last replies.
        #expect(resting.readToEnd() == "")
        // That the client has nothing more to say is no reason to keep from it what it has asked.
        client.shutdownWrite()
        let text = try #require(client.readToEnd(bytesAtOnce: 30_000, everySeconds: 0.1))
        #expect(ServerSlowReaderTests.ids(text) == Array(1...50))
        #expect(fixture.broker.waitForExit(seconds: 10) == 0)
    }

    @Test func `replies are not cut off at a half-close either, however long reading them takes`() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.send((1...60).map { RequestLine.discover($0) + "\n" }.joined())
        client.shutdownWrite()
        let text = try #require(client.readToEnd(bytesAtOnce: 40_000, everySeconds: 0.1))
        #expect(ServerSlowReaderTests.ids(text) == Array(1...60))
    }

    @Test func `a client that never reads does not keep the broker from stopping`() throws {
        let fixture = try ServerFixture("shutdownSeconds: 0.3")
        let client = try fixture.connect()
        try client.send((1...50).map { RequestLine.discover($0) + "\n" }.joined())
        try client.waitUntilTaken()
        fixture.broker.signal(SIGTERM)
        #expect(fixture.broker.waitForExit(seconds: 6) == 0)
        #expect(client.descriptor >= 0)
    }
}

extension ServerFixture {
    var hasPath: Bool { FileManager.default.fileExists(atPath: broker.socketPath) }
    var hasLock: Bool { FileManager.default.fileExists(atPath: broker.socketPath + ".lock") }
}
