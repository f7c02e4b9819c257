import JSONText
import Testing

/// Nothing depends on how bytes are grouped in reads and writes.
@Suite struct ServerFramingTests {
    /// A request, a request with an escape and text beyond ASCII, what is no JSON, an empty line, another request.
    private static let conversation = Array(
        (RequestLine.whoAmI(1) + "\n" + #"{"jsonrpc":"2.0","id":"\u00e9 é","method":"no.Such"}"# + "\r\n" + "{]\n"
            + "\n"
            + RequestLine.whoAmI(2) + "\n").utf8)

    /// Its replies, as far as the grouping could change them.
    private static func isAnswered(_ connection: RawConnection) -> Bool {
        let replies = (0..<5).map { _ in connection.readReply() }
        return replies.map { $0["id"] } == [1, "é é", .null, .null, 2]
            && replies.map(\.errorType) == [nil, "MethodNotFound", "ParseError", "ParseError", nil]
    }

    @Test func `a conversation is answered alike wherever it is cut in two`() throws {
        let fixture = try ServerFixture()
        let whole = Self.conversation
        for cut in whole.indices {
            let connection = try fixture.connect()
            try connection.send(Array(whole[..<cut]))
            try connection.waitUntilTaken()
            try connection.send(Array(whole[cut...]))
            #expect(Self.isAnswered(connection), "cut at byte \(cut)")
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1_000])
    func `a conversation is answered alike in writes of so many bytes`(count: Int) throws {
        let fixture = try ServerFixture()
        let connection = try fixture.connect()
        for start in stride(from: 0, to: Self.conversation.count, by: count) {
            try connection.send(Array(Self.conversation[start...].prefix(count)))
            try connection.waitUntilTaken()
        }
        #expect(Self.isAnswered(connection))
    }

    @Test func `a carriage return before the line feed does no harm`() throws {
        let fixture = try ServerFixture()
        #expect(try fixture.connect().ask(RequestLine.whoAmI(1) + "\r")["id"] == 1)
    }

    @Test func `a half-close after the request still gets the answer, though it has to come from AWS`() throws {
        let fixture = try ServerFixture(slow: 500)
        let connection = try fixture.connect()
        try connection.send(RequestLine.session(1) + "\n" + RequestLine.whoAmI(2) + "\n")
        connection.shutdownWrite()
        #expect(connection.readReply()["id"] == 2)
        #expect(connection.readReply()["result"]?["session"] != nil)
        #expect(connection.readToEnd() == "")
    }

    @Test func `a quick reply overtakes a slow one, each with its own id`() throws {
        let fixture = try ServerFixture(slow: 500)
        let connection = try fixture.connect()
        try connection.send(RequestLine.freshSession(1) + "\n" + RequestLine.whoAmI(2) + "\n")
        let quick = connection.readReply()
        let slow = connection.readReply()
        #expect(quick["id"] == 2)
        #expect(quick["result"]?["uid"] != nil)
        #expect(slow["id"] == 1)
        #expect(slow["result"]?["session"] != nil)
    }

    /// With little room for replies the broker has to stop reading again and again, and to go on each time.
    @Test(arguments: [4_096, 1_048_576])
    func `a thousand requests in one write are all answered in order`(replyBytesPending: Int) throws {
        let fixture = try ServerFixture("limits: {replyBytesPending: \(replyBytesPending)}")
        let connection = try fixture.connect()
        #expect(try connection.ask(RequestLine.session(0))["result"]?["session"] != nil)
        try connection.send(
            (1...1_000).map { ($0 % 2 == 0 ? RequestLine.session($0) : RequestLine.whoAmI($0)) + "\n" }.joined())
        for id in 1...1_000 { try #require(connection.readReply()["id"] == JSONValue(id)) }
    }

    @Test func `the end in the middle of a line is a clean end, and the line is not carried out`() throws {
        let fixture = try ServerFixture()
        let connection = try fixture.connect()
        try connection.send(RequestLine.whoAmI(1) + "\n" + RequestLine.session(2))
        connection.shutdownWrite()
        #expect(connection.readReply()["id"] == 1)
        #expect(connection.readToEnd() == "")
        #expect(try fixture.simulator.calls().calls == 0)
    }

    @Test func `a client that leaves with everything unread harms nobody`() throws {
        let fixture = try ServerFixture()
        for _ in 0..<50 {
            let connection = try fixture.connect()
            try connection.send((1...20).map { RequestLine.discover($0) + "\n" }.joined())
        }
        #expect(try fixture.connect().ask(RequestLine.whoAmI(1))["id"] == 1)
        #expect(try Waiting.until(seconds: 20) { try fixture.status()["connections"]?["open"] == 1 })
    }
}
