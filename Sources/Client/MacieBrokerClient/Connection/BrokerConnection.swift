/// A connection that carries lines: sends one, takes one, each by a deadline. What the lines say is not its business.
package struct BrokerConnection: ~Copyable {
    /// The longest reply line, in bytes without its LF. The broker keeps at most 1 MiB of replies for a client; the rest is
    /// room for one that is configured otherwise.
    package static let replyLineBytes = 4 * 1_048_576

    private let socket: UnixSocket
    private let allowedSeconds: Double
    private var received: [UInt8] = []
    /// How many of the bytes received belong to lines already taken.
    private var taken = 0
    /// Whether a line was cut off in sending, so that nothing after it would be understood.
    private var isTorn = false

    /// Connects to `address`. `allowedSeconds` is what `deadline` was made of, for the text of `timedOut`.
    package init(
        to address: BrokerAddress, by deadline: Deadline, allowing allowedSeconds: Double
    ) throws(ClientFailure) {
        switch address {
        case .path(let path): socket = try UnixSocket.connected(to: path, by: deadline, allowing: allowedSeconds)
        case .descriptor(let descriptor): socket = try UnixSocket.inherited(descriptor)
        }
        self.allowedSeconds = allowedSeconds
    }

    /// Whether a connection with no request under way has something to read: a farewell, or an answer come too late.
    package var hasNews: Bool { taken < received.count || socket.hasNews }

    /// Whether a line has begun to come, and not ended.
    package var hasPartOfALine: Bool { taken < received.count }

    /// Sends `line`, its LF included.
    ///
    /// When the other side has hung up this returns as if all were well: why it hung up is still to be read.
    package mutating func send(_ line: [UInt8], by deadline: Deadline) throws(ClientFailure) {
        guard !isTorn else { throw .connectionClosed }
        var sent = 0
        while sent < line.count {
            switch socket.send(line, from: sent) {
            case .moved(let count): sent += count
            case .closed: return
            case .wouldBlock:
                if !socket.wait(.toWrite, until: deadline) {
                    isTorn = sent > 0
                    throw .timedOut(afterSeconds: allowedSeconds)
                }
            }
        }
    }

    /// Takes the next line, without its LF.
    ///
    /// What has arrived of a line when `deadline` comes is kept for the next call.
    package mutating func receive(by deadline: Deadline) throws(ClientFailure) -> [UInt8] {
        var searched = taken
        while true {
            if let end = received[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                return takeLine(endingAt: end)
            }
            searched = received.count
            guard received.count - taken <= Self.replyLineBytes else {
                throw .protocolViolation("a line of more than \(Self.replyLineBytes) bytes")
            }
            switch socket.receive(into: &received) {
            case .moved: continue
            case .closed: throw .connectionClosed
            case .wouldBlock:
                if !socket.wait(.toRead, until: deadline) { throw .timedOut(afterSeconds: allowedSeconds) }
            }
        }
    }

    private mutating func takeLine(endingAt end: Int) -> [UInt8] {
        let line = Array(received[taken..<end])
        taken = end + 1
        if taken == received.count {
            received.removeAll(keepingCapacity: taken <= 65_536)
            taken = 0
        }
        return line
    }
}
