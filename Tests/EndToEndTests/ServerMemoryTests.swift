import Foundation
import JSONText
import Synchronization
import Testing

/// Whatever is sent, the broker's memory is bounded and everybody else is served (SCARS 7).
@Suite struct ServerMemoryTests {
    private static let mebibyte = 1 << 20

    @Test func `a line of two gibibytes is refused at the limit, with bounded memory`() throws {
        let fixture = try ServerFixture()
        #expect(try fixture.connect().ask(RequestLine.whoAmI(1))["id"] == 1)
        let before = try ProcessFigures(of: fixture.broker.pid).residentBytes
        let connection = try fixture.connect()
        let zeros = [UInt8](repeating: 0, count: Self.mebibyte)
        var sent = 0
        while sent < 2_048 * Self.mebibyte {
            guard Inlet.wait(for: POLLOUT, on: connection.descriptor, before: Deadline(seconds: 10)) else { break }
            let count = connection.sendSome(zeros[...])
            guard count > 0 else { break }
            sent += count
        }
        // Until it is hung up on, what comes is read and dropped; that may be all of it.
        #expect(sent > 65_536)
        #expect(connection.readReply().errorType == "LineTooLong")
        #expect(connection.isClosedByPeer())
        #expect(try ProcessFigures(of: fixture.broker.pid).residentBytes - before < 8 * Self.mebibyte)
        #expect(try fixture.connect().ask(RequestLine.whoAmI(2))["id"] == 2)
    }

    @Test func `two hundred lines that trickle in do not disturb another client`() throws {
        let fixture = try ServerFixture("limits: {lineSeconds: 1}")
        let slow = try (0..<200).map { _ in try fixture.connect() }
        let other = try fixture.connect()
        let deadline = Deadline(seconds: 10)
        var rounds = 0
        while !deadline.isOver, !slow.filter({ $0.trickle() }).isEmpty {
            #expect(try other.ask(RequestLine.whoAmI(rounds), within: 2)["id"] == JSONValue(rounds))
            rounds += 1
        }
        #expect(rounds > 1)
        #expect(slow.allSatisfy { $0.readReply().errorType == "LineTimeout" })
        #expect(try other.ask(RequestLine.whoAmI(0))["id"] == 0)
    }

    @Test func `a flood of lines that are no requests does not disturb another client`() throws {
        let fixture = try ServerFixture()
        #expect(try fixture.connect().ask(RequestLine.whoAmI(1))["id"] == 1)
        let before = try ProcessFigures(of: fixture.broker.pid).residentBytes
        let floods = try (0..<4).map { _ in Flood(of: try fixture.connect()) }
        let other = try fixture.connect()
        for id in 1...20 { #expect(try other.ask(RequestLine.whoAmI(id), within: 5)["id"] == JSONValue(id)) }
        let refused = floods.map { $0.stop() }
        #expect(refused.allSatisfy { $0 > 0 })
        #expect(try ProcessFigures(of: fixture.broker.pid).residentBytes - before < 32 * Self.mebibyte)
    }
}

extension RawConnection {
    /// Adds a byte to a line that never ends; false once the peer has answered.
    fileprivate func trickle() -> Bool {
        guard !Inlet.wait(for: POLLIN, on: descriptor, before: Deadline(seconds: 0)) else { return false }
        return sendSome([UInt8(ascii: " ")]) == 1
    }
}

/// A client that sends empty lines as fast as they are taken, and reads what comes back.
private final class Flood: Sendable {
    private let answered = Mutex(0)
    private let isOver = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)

    init(of connection: RawConnection) {
        let descriptor = dup(connection.descriptor)
        Thread { [self] in
            let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 4_096)
            var replies = [UInt8](repeating: 0, count: 65_536)
            while !isOver.withLock({ $0 }) {
                // SAFETY: send(2) reads, and recv(2) writes, at most as many bytes as the arrays have.
                _ = unsafe send(descriptor, lines, lines.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                let count = unsafe recv(descriptor, &replies, replies.count, Int32(MSG_DONTWAIT))
                if count > 0 { answered.withLock { $0 += count } }
            }
            close(descriptor)
            ended.signal()
        }.start()
    }

    /// Bytes of refusals that it has read.
    func stop() -> Int {
        isOver.withLock { $0 = true }
        ended.wait()
        return answered.withLock { $0 }
    }
}
