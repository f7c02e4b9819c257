import Glibc

/// The reading end of a pipe or a socket, which it owns: by lines or to the end, always with a deadline.
final class Inlet {
    /// -1 once it is closed.
    private(set) var descriptor: Int32
    private var received: [UInt8] = []
    private(set) var isAtEnd = false

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    func close() {
        guard descriptor >= 0 else { return }
        _ = Glibc.close(descriptor)
        descriptor = -1
        isAtEnd = true
    }

    /// The next line without its LF; nil when the end or the deadline came first.
    func line(before deadline: Deadline) -> String? {
        var searched = 0
        while true {
            if let end = received[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { received.removeSubrange(...end) }
                return String(decoding: received[..<end], as: UTF8.self)
            }
            searched = received.count
            guard fill(before: deadline) else { return nil }
        }
    }

    /// Everything up to the end; nil when the deadline came first.
    func rest(before deadline: Deadline) -> [UInt8]? {
        while fill(before: deadline) {}
        guard isAtEnd else { return nil }
        defer { received = [] }
        return received
    }

    /// Takes what there is, after waiting for it; false at the end or when the deadline came first.
    func fill(before deadline: Deadline) -> Bool {
        guard !isAtEnd, Self.wait(for: POLLIN, on: descriptor, before: deadline) else { return false }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        // SAFETY: read(2) writes at most as many bytes as the array has.
        let count = unsafe read(descriptor, &chunk, chunk.count)
        if count > 0 {
            received += chunk[..<count]
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
            isAtEnd = true
        }
        return !isAtEnd
    }

    /// Whether the descriptor is ready (or broken, which reading or writing will tell) before the deadline.
    static func wait(for events: Int32, on descriptor: Int32, before deadline: Deadline) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            // SAFETY: poll(2) reads and writes the one entry, which lives for the call.
            let count = unsafe poll(&entry, 1, deadline.milliseconds)
            if count > 0 { return true }
            if count == 0 || errno != EINTR { return false }
        }
    }
}
