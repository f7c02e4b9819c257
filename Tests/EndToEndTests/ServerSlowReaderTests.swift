import Glibc
import JSONText
import Testing

/// Who does not read its replies is bounded, and is nobody else's trouble. Who only reads slowly gets all of them.
@Suite struct ServerSlowReaderTests {
    /// More than the broker may keep for one client, and far more than the kernel keeps.
    private static let tooMuch = 400

    @Test func `a client that never reads is bounded, hung up on, and disturbs nobody`() throws {
        let fixture = try ServerFixture("limits: {slowReaderSeconds: 1}")
        let other = try fixture.connect()
        #expect(try other.ask(RequestLine.discover(0))["result"] != nil)
        let before = try ProcessFigures(of: fixture.broker.pid).residentBytes
        let requests = Array((1...Self.tooMuch).map { RequestLine.discover($0) + "\n" }.joined().utf8)
        let unreading = try (0..<8).map { _ in try fixture.connect() }
        // 64 MB of replies are asked for.
        for connection in unreading { _ = connection.sendSome(requests[...]) }
        #expect(try other.ask(RequestLine.whoAmI(1), within: 5)["id"] == 1)
        #expect(unreading.allSatisfy { $0.hasHungUp(within: 20) })
        #expect(try ProcessFigures(of: fixture.broker.pid).residentBytes - before < 32 << 20)
        #expect(try other.ask(RequestLine.whoAmI(2), within: 5)["id"] == 2)
        #expect(try Waiting.until(seconds: 10) { try fixture.status()["connections"]?["open"] == 2 })
    }

    @Test func `a client that wakes up in time reads every reply and why it is hung up on`() throws {
        let fixture = try ServerFixture("limits: {slowReaderSeconds: 0.5}")
        let connection = try fixture.connect()
        try connection.send((1...40).map { RequestLine.discover($0) + "\n" }.joined())
        let isRefused = try Waiting.until(seconds: 20) { try fixture.status()["requests"]?["refused"] == 1 }
        #expect(isRefused)
        let lines = try #require(connection.readToEnd()).split(separator: "\n")
        #expect(Self.ids(lines.dropLast().joined(separator: "\n")) == Array(1...40))
        let farewell = try JSONValue(parsing: Array(try #require(lines.last).utf8))
        #expect(farewell["error"]?["code"] == -32015)
        #expect(farewell.errorType == "SlowReader")
        #expect(farewell["id"] == .null)
    }

    @Test func `a client that reads slowly but steadily gets every reply, though it takes longer than the limit`()
        throws
    {
        let fixture = try ServerFixture("limits: {slowReaderSeconds: 0.5, lineSeconds: 0.5}")
        let connection = try fixture.connect()
        let requests = (1...Self.tooMuch / 4).map { RequestLine.discover($0) + "\n" }.joined()
        try connection.send(requests)
        connection.shutdownWrite()
        let text = try #require(connection.readToEnd(bytesAtOnce: 80_000, everySeconds: 0.1))
        #expect(Self.ids(text) == Array(1...Int64(Self.tooMuch / 4)))
    }

    static func ids(_ text: String) -> [Int64?] {
        text.split(separator: "\n").map { (try? JSONValue(parsing: Array($0.utf8)))?["id"]?.integer }
    }
}

extension RawConnection {
    /// Whether the peer has closed both ways, which is known without reading what it left.
    func hasHungUp(within seconds: Double) -> Bool {
        let deadline = Deadline(seconds: seconds)
        return Waiting.until(seconds: seconds) {
            var entry = pollfd(fd: descriptor, events: 0, revents: 0)
            // SAFETY: poll(2) reads and writes the one entry, which lives for the call.
            return unsafe poll(&entry, 1, deadline.milliseconds) == 1 && Int32(entry.revents) & POLLHUP != 0
        }
    }
}
