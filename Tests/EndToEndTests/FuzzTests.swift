import Foundation
import JSONText
import Synchronization
import Testing

/// Garbage never ends the broker, and whoever sends it gets proper replies or a clean close (SCARS 19).
@Suite struct FuzzTests {
    /// Of all connections together.
    private static let lines = 1_000_000
    private static let linesPerConnection = 5_000
    private static let workers = 4

    @Test func `a million mutated lines, cut anywhere, are each answered properly`() throws {
        // Answers from AWS are kept, and nobody is told of a million decisions.
        let fixture = try ServerFixture(
            "cacheSeconds: 3600\naudit: {file: /dev/null}\nlimits: {requestLineBytes: 4096}")
        let tally = FuzzTally()
        let path = fixture.broker.socketPath
        let group = DispatchGroup()
        for worker in 0..<Self.workers {
            group.enter()
            Thread {
                let share = Self.lines / Self.workers / Self.linesPerConnection
                for round in 0..<share where tally.isClean {
                    let seed = UInt64(worker) << 32 | UInt64(round)
                    do {
                        var connection = try FuzzConnection(path, seed: seed, tally: tally)
                        try connection.run(lines: Self.linesPerConnection)
                    } catch {
                        tally.complain("seed \(seed): \(error)")
                    }
                }
                group.leave()
            }.start()
        }
        group.wait()
        #expect(tally.complaints == [])
        #expect(tally.lines >= Self.lines)
        #expect(fixture.broker.isRunning)
        #expect(try fixture.connect().ask(RequestLine.whoAmI(1))["id"] == 1)
    }
}

/// What all connections have come to.
final class FuzzTally: Sendable {
    private struct State {
        var lines = 0
        var complaints: [String] = []
        /// Replies that have been found right. Most are alike.
        var known: Set<String> = []
    }

    private static let mostKnown = 50_000
    private let state = Mutex(State())

    var lines: Int { state.withLock { $0.lines } }
    var complaints: [String] { state.withLock { $0.complaints } }
    var isClean: Bool { complaints.isEmpty }

    func sent(lines: Int) { state.withLock { $0.lines += lines } }

    func complain(_ complaint: String) { state.withLock { $0.complaints.append(complaint) } }

    /// Checks one reply, without its LF.
    func check(_ reply: UnsafeRawBufferPointer) throws {
        let text = unsafe String(decoding: reply, as: UTF8.self)
        if state.withLock({ $0.known.contains(text) }) { return }
        let bytes = unsafe Array(reply)
        guard let value = try? JSONValue(parsing: bytes), value.isReply else {
            throw HarnessFailure("no reply: \(text)")
        }
        state.withLock { if $0.known.count < Self.mostKnown { $0.known.insert(text) } }
    }
}

/// One connection that sends mutated lines and reads what comes back at the same time.
private struct FuzzConnection {
    private let connection: RawConnection
    private let tally: FuzzTally
    private var source: FuzzLines
    /// Its own, for how often there is something to cut is not the seed's to say.
    private var cuts: SplitMix64
    private var unread: [UInt8] = []
    private var replies = 0

    init(_ path: String, seed: UInt64, tally: FuzzTally) throws {
        connection = try RawConnection(path)
        source = FuzzLines(seed: seed)
        cuts = SplitMix64(seed: ~seed)
        self.tally = tally
    }

    /// Every line is answered once; at the end comes a half-close or, now and then, a line that is too long.
    mutating func run(lines count: Int) throws {
        var expected = 0
        var batch: [UInt8] = []
        for line in 1...count {
            batch += source.next()
            guard batch.count > 32_768 || line == count else { continue }
            expected += batch.count { $0 == UInt8(ascii: "\n") }
            try send(batch)
            batch = []
        }
        tally.sent(lines: expected)
        if cuts.below(4) == 0 {
            // With what is too long the connection ends, and who still waits for AWS then may wait in vain.
            while replies < expected, try read(onceReady: POLLIN, before: Deadline(seconds: 30)) {}
            try send([UInt8](repeating: UInt8(ascii: "["), count: 5_000))
            expected += 1
        } else {
            if cuts.below(2) == 0 { try send(Array(#"{"jsonrpc":"2.0","id":1,"#.utf8)) }
            connection.shutdownWrite()
        }
        while try read(onceReady: POLLIN, before: Deadline(seconds: 30)) {}
        guard unread.isEmpty else { throw HarnessFailure("the last reply has no end") }
        guard replies == expected else { throw HarnessFailure("\(expected) lines got \(replies) replies") }
    }

    /// Sends bytes cut at random places, reading whenever there is something.
    private mutating func send(_ bytes: [UInt8]) throws {
        let deadline = Deadline(seconds: 60)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = connection.sendSome(rest.prefix(1 + cuts.below(4_096)))
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                guard try read(onceReady: POLLIN | POLLOUT, before: deadline) else {
                    throw HarnessFailure("closed in the middle, or stuck")
                }
            } else {
                throw HarnessFailure.system("send")
            }
        }
    }

    /// Takes the replies that are there, after waiting as told; false at the end.
    private mutating func read(onceReady events: Int32, before deadline: Deadline) throws -> Bool {
        guard Inlet.wait(for: events, on: connection.descriptor, before: deadline) else {
            throw HarnessFailure("no reply in time")
        }
        var chunk = [UInt8](repeating: 0, count: 262_144)
        // SAFETY: recv(2) writes at most as many bytes as the array has.
        let count = unsafe recv(connection.descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN { return true }
        guard count > 0 else {
            guard count == 0 else { throw HarnessFailure.system("recv") }
            return false
        }
        unread += chunk[..<count]
        try takeReplies()
        return true
    }

    private mutating func takeReplies() throws {
        var start = 0
        // SAFETY: memchr(3) looks within the array, which lives for the closure, and so does every slice of it.
        try unsafe unread.withUnsafeBytes { bytes in
            while start < bytes.count, let base = bytes.baseAddress,
                let end = unsafe memchr(base + start, 10, bytes.count - start)
            {
                let length = unsafe UnsafeRawPointer(end) - (base + start)
                try unsafe tally.check(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]))
                replies += 1
                start += length + 1
            }
        }
        unread.removeFirst(start)
    }
}

extension JSONValue {
    /// Whether this has exactly the form that PROTOCOL.md, section 6, gives a reply.
    fileprivate var isReply: Bool {
        guard let object, object.members.count == 3, self["jsonrpc"] == "2.0", let id = self["id"] else { return false }
        guard id.isNull || id.string != nil || id.integer != nil else { return false }
        if let result = self["result"] { return result.object != nil }
        guard let error = self["error"], let data = error["data"] else { return false }
        return error["code"]?.integer != nil && error["message"]?.string != nil && data["type"]?.string != nil
            && ["broker", "aws"].contains(data["origin"]?.string) && data["retryable"]?.bool != nil
    }
}
