import Glibc
import JSONText
import Testing

/// Every limit has an error of its own, told before the connection is closed.
@Suite struct ServerLimitsTests {
    // MARK: requestLineBytes

    @Test(arguments: [1_024, 65_536])
    func `a line of exactly the limit is served, one byte more is refused and the connection closed`(limit: Int) throws
    {
        let fixture = try ServerFixture("limits: {requestLineBytes: \(limit)}")
        let connection = try fixture.connect()
        #expect(try connection.ask(RequestLine.whoAmI(1, bytes: limit))["result"] != nil)
        let refusal = try connection.ask(RequestLine.whoAmI(2, bytes: limit + 1))
        #expect(refusal["error"]?["code"] == -32009)
        #expect(refusal.errorType == "LineTooLong")
        #expect(refusal["id"] == .null)
        #expect(connection.readToEnd() == "")
    }

    @Test func `a line too long is refused though it never ends`() throws {
        let fixture = try ServerFixture()
        let connection = try fixture.connect()
        try connection.send(String(repeating: "x", count: 65_537))
        #expect(connection.readReply().errorType == "LineTooLong")
        #expect(connection.readToEnd() == "")
        #expect(fixture.broker.isRunning)
    }

    @Test func `a line counts the same when it comes byte by byte`() throws {
        let fixture = try ServerFixture("limits: {requestLineBytes: 1024}")
        let connection = try fixture.connect()
        for byte in RequestLine.whoAmI(1, bytes: 1_024).utf8 + [UInt8(ascii: "\n")] { try connection.sendAlone(byte) }
        #expect(connection.readReply()["result"] != nil)
        for byte in RequestLine.whoAmI(2, bytes: 1_024).utf8 { try connection.sendAlone(byte) }
        try connection.send(" ")
        #expect(connection.readReply().errorType == "LineTooLong")
        #expect(connection.readToEnd() == "")
        #expect(fixture.broker.isRunning)
    }

    @Test func `what came before a line too long is answered first`() throws {
        let fixture = try ServerFixture()
        let connection = try fixture.connect()
        try connection.send(
            RequestLine.whoAmI(1) + "\n" + RequestLine.whoAmI(2) + "\n" + String(repeating: "x", count: 70_000))
        #expect(connection.readReply()["id"] == 1)
        #expect(connection.readReply()["id"] == 2)
        #expect(connection.readReply().errorType == "LineTooLong")
        #expect(connection.readToEnd() == "")
        #expect(fixture.broker.isRunning)
    }

    // MARK: lineSeconds

    @Test func `a line that trickles in is told so and hung up on`() throws {
        let fixture = try ServerFixture("limits: {lineSeconds: 0.3}")
        let connection = try fixture.connect()
        let deadline = Deadline(seconds: 20)
        while !deadline.isOver, !Inlet.wait(for: POLLIN, on: connection.descriptor, before: Deadline(seconds: 0.05)) {
            try connection.send(" ")
        }
        #expect(connection.readReply().errorType == "LineTimeout")
        #expect(connection.readToEnd() == "")
        #expect(fixture.broker.isRunning)
    }

    @Test func `a line's clock starts with that line, though every read ends within one`() throws {
        let fixture = try ServerFixture("limits: {lineSeconds: 0.5}")
        let connection = try fixture.connect()
        let deadline = Deadline(seconds: 1.6)
        try connection.send(#"{"jsonrpc":"2.0","#)
        repeat {
            try connection.send(#""id":7,"method":"broker.WhoAmI"}"# + "\n" + #"{"jsonrpc":"2.0","#)
            try #require(connection.readReply()["id"] == 7)
        } while !deadline.isOver
        #expect(fixture.broker.isRunning)
    }

    @Test func `an unfinished line before a half-close does not cost the reply to the line before it`() throws {
        let fixture = try ServerFixture("limits: {lineSeconds: 0.2}", slow: 1_000)
        let connection = try fixture.connect()
        try connection.send(RequestLine.session(1) + "\n{")
        connection.shutdownWrite()
        #expect(connection.readReply()["result"]?["session"] != nil)
        #expect(connection.readToEnd() == "")
    }

    // MARK: idleSeconds

    @Test func `a silent connection is told so and hung up on, one that waits for AWS is not silent`() throws {
        let fixture = try ServerFixture("limits: {idleSeconds: 0.3}", slow: 1_000)
        let connection = try fixture.connect()
        #expect(try connection.ask(RequestLine.session(1))["result"]?["session"] != nil)
        let farewell = connection.readReply()
        #expect(farewell["error"]?["code"] == -32012)
        #expect(farewell.errorType == "IdleTimeout")
        #expect(farewell["id"] == .null)
        #expect(connection.readToEnd() == "")
    }

    // MARK: requestsInFlightPerConnection

    @Test func `a request too many in flight is refused alone, and the connection lives on`() throws {
        let fixture = try ServerFixture("limits: {requestsInFlightPerConnection: 2}", slow: 700)
        let connection = try fixture.connect()
        try connection.send((1...4).map { RequestLine.session($0) + "\n" }.joined())
        let replies = (1...4).map { _ in connection.readReply() }
        #expect(replies.map { $0["id"] } == [3, 4, 1, 2])
        #expect(replies.map(\.errorType) == ["TooManyInFlight", "TooManyInFlight", nil, nil])
        #expect(replies[0]["error"]?["code"] == -32010)
        #expect(try connection.ask(RequestLine.freshSession(5))["result"]?["session"] != nil)
    }

    @Test func `the limit in flight holds for each connection alone`() throws {
        let fixture = try ServerFixture("limits: {requestsInFlightPerConnection: 1}", slow: 700)
        let connections = try (0..<3).map { _ in try fixture.connect() }
        for connection in connections { try connection.send(RequestLine.session(1) + "\n") }
        for connection in connections { #expect(connection.readReply()["result"]?["session"] != nil) }
    }

    // MARK: requestSeconds

    @Test func `a request that waits too long is answered, and the call goes on for the next`() throws {
        let fixture = try ServerFixture("limits: {requestSeconds: 0.3}", slow: 1_200)
        let connection = try fixture.connect()
        #expect(try connection.ask(RequestLine.session(1)).errorType == "DeadlineExceeded")
        let answered = try Waiting.until(seconds: 20) { try connection.ask(RequestLine.session(2))["result"] != nil }
        #expect(answered)
        #expect(try fixture.simulator.calls().calls == 1)
    }
}

/// Nobody takes more connections than there are for them.
@Suite struct ServerConnectionLimitsTests {
    @Test func `a connection too many hears why before it has asked anything, and there is room again when one leaves`()
        throws
    {
        let fixture = try ServerFixture("limits: {connections: 2}")
        let first = try fixture.connect()
        let second = try fixture.connect()
        #expect(try first.ask(RequestLine.whoAmI(1))["result"] != nil)
        #expect(try second.ask(RequestLine.whoAmI(1))["result"] != nil)
        let third = try fixture.connect()
        let refusal = third.readReply()
        #expect(refusal["error"]?["code"] == -32011)
        #expect(refusal.errorType == "TooManyConnections")
        #expect(refusal["id"] == .null)
        #expect(third.readToEnd() == "")
        first.close()
        let served = try Waiting.until(seconds: 10) {
            try fixture.connect().ask(RequestLine.whoAmI(1))["result"] != nil
        }
        #expect(served)
        #expect(try second.ask(RequestLine.whoAmI(2))["result"] != nil)
    }

    @Test func `connections that were turned away do not pile up`() throws {
        let fixture = try ServerFixture("limits: {connections: 1}")
        let only = try fixture.connect()
        #expect(try only.ask(RequestLine.whoAmI(1))["result"] != nil)
        let before = try ProcessFigures(of: fixture.broker.pid)
        let turnedAway = try (0..<300).map { _ in try fixture.connect() }
        #expect(turnedAway.allSatisfy { $0.readReply().errorType == "TooManyConnections" })
        let after = try ProcessFigures(of: fixture.broker.pid)
        if let held = after.descriptors, let own = before.descriptors { #expect(held - own <= 80) }
        #expect(try only.ask(RequestLine.whoAmI(2))["result"] != nil)
    }

    @Test func `where descriptors are scarce they are the limit, and who comes too many is told so`() throws {
        let fixture = try SocketFixture()
        let broker = try fixture.spawn(after: "ulimit -n 256")
        #expect(broker.isReady)
        let connections = try (0..<100).map { _ in try RawConnection(fixture.path) }
        for connection in connections { try connection.send(RequestLine.whoAmI(1) + "\n") }
        let replies = connections.map { $0.readReply(within: 10) }
        #expect(replies.count { $0["result"] != nil } == 48)
        #expect(replies.count { $0.errorType == "TooManyConnections" } == 52)
    }

    @Test func `who asks and leaves keeps its place until its request has landed`() throws {
        let fixture = try ServerFixture("limits: {connections: 2}", slow: 1_500)
        for id in 1...2 {
            let connection = try fixture.connect()
            try connection.send(RequestLine.session(id) + "\n" + RequestLine.whoAmI(0) + "\n")
            #expect(connection.readReply()["id"] == 0)
        }
        #expect(try fixture.connect().readReply().errorType == "TooManyConnections")
        let served = try Waiting.until(seconds: 20) {
            try fixture.connect().ask(RequestLine.whoAmI(1))["result"] != nil
        }
        #expect(served)
        #expect(try fixture.simulator.calls().calls == 1)
    }
}

@Suite struct ServerConnectionLimitsOtherUsersTests {
    @Test func `one user's connections do not take another's place`() throws {
        let fixture = try ServerFixture("limits: {connectionsPerUid: 2}")
        let held = try (0..<2).map { _ in try fixture.connect() }
        for connection in held { #expect(try connection.ask(RequestLine.whoAmI(1))["result"] != nil) }
        let refusal = try fixture.connect().readReply()
        #expect(refusal.errorType == "TooManyConnections")
        #expect(refusal["error"]?["message"]?.string?.contains("this user") == true)
        let other = try fixture.broker.ask(["whoami", "--output", "json"], uid: 65534)
        #expect(other.status == 0, "\(other)")
        #expect(other.json["uid"] == 65534)
    }
}

extension RawConnection {
    /// Sends one byte that reaches the peer in a read of its own.
    func sendAlone(_ byte: UInt8) throws {
        try send([byte])
        try waitUntilTaken()
    }
}
