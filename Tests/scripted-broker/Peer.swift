internal import Glibc

/// The broker's end of one connection.
final class Peer {
    private(set) var descriptor: Int32
    private var received: [UInt8] = []
    private(set) var hasEnded = false

    /// How many bytes of one line are looked at: more than a request may have.
    private static let longestLine = 1_048_576
    /// How long a piece waits for the client to read it, in steps of a tenth of a millisecond.
    private static let patience = 500

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { hangUp() }

    /// What is read of the client and still looked at by nobody.
    var rest: [UInt8] { received }

    func hangUp() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        hasEnded = true
        received = []
    }

    /// Reads what has come, without waiting.
    func read() {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !hasEnded, received.count < Self.longestLine {
            // SAFETY: recv(2) writes at most as many bytes as the array has.
            let count = unsafe recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                received += chunk[..<count]
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                hasEnded = true
            } else {
                return
            }
        }
    }

    /// The next line of what was read, without its LF.
    func takeLine() -> [UInt8]? {
        guard let end = received.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { received.removeSubrange(...end) }
        return Array(received[..<end])
    }

    /// Sends the bytes in their pieces, or as much as the client takes before it hangs up.
    func send(_ bytes: [UInt8], _ cut: Cut, while goesOn: () -> Bool) {
        var start = 0
        for end in cut.ends(of: bytes.count) {
            guard sendAll(bytes[start..<end], while: goesOn) else { return }
            if end < bytes.count { awaitReading() }
            start = end
        }
    }

    private func sendAll(_ bytes: ArraySlice<UInt8>, while goesOn: () -> Bool) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            // SAFETY: send(2) reads the bytes of the slice, which lives for the call.
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN, goesOn() {
                wait(for: POLLOUT, milliseconds: 20)
            } else {
                return false
            }
        }
        return true
    }

    /// Until the client has read what it was sent: unix(7) counts it as SIOCOUTQ.
    private func awaitReading() {
        for _ in 0..<Self.patience {
            var unread: Int32 = 0
            // SAFETY: the ioctl writes one int, which lives for the call.
            guard unsafe ioctl(descriptor, UInt(TIOCOUTQ), &unread) == 0, unread > 0 else { return }
            usleep(100)
        }
    }

    @discardableResult
    func wait(for events: Int32, milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        // SAFETY: poll(2) reads and writes the one entry, which lives for the call.
        return unsafe poll(&entry, 1, milliseconds) > 0
    }
}
