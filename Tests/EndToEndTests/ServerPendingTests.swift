import Glibc
import JSONText
import Testing

/// What waits to be read is bounded for a user over all its connections, and the connection that goes beyond is told so.
@Suite struct ServerPendingTests {
    /// Each of them 15 KB: more than the kernel takes for a client that does not read.
    private static let requests = 100

    @Test func `who leaves more unread than a user may is told Overloaded, and its other connections live`() throws {
        let fixture = try ServerFixture("limits: {bytesPendingPerUid: 65536}")
        let other = try fixture.connect()
        #expect(try other.ask(RequestLine.whoAmI(1))["id"] == 1)
        let greedy = try fixture.connect()
        try greedy.send((1...Self.requests).map { RequestLine.discover($0) + "\n" }.joined())
        let text = try #require(greedy.readToEnd(bytesAtOnce: 16_384, everySeconds: 0.02))
        let last = try JSONValue(parsing: Array(try #require(text.split(separator: "\n").last).utf8))
        #expect(last.errorType == "Overloaded", "\(last)")
        #expect(last["id"] == .null)
        #expect(last["error"]?["data"]?["retryAfterSeconds"] != nil)
        #expect(try other.ask(RequestLine.whoAmI(2))["id"] == 2)
        #expect(try fixture.connect().ask(RequestLine.whoAmI(3))["id"] == 3)
    }

    @Test func `lines that are begun and not ended count too`() throws {
        let fixture = try ServerFixture("limits: {bytesPendingPerUid: 65536, requestLineBytes: 65536}")
        let connections = try (0..<3).map { _ in try fixture.connect() }
        for connection in connections { try connection.send([UInt8](repeating: 0x20, count: 30_000)) }
        let told = connections.filter { Inlet.wait(for: POLLIN, on: $0.descriptor, before: Deadline(seconds: 2)) }
        #expect(told.count == 1)
        #expect(told.first?.readReply().errorType == "Overloaded")
    }
}
