internal import Glibc

/// A terminal that does not show what is typed, unless it is to: termios(3) without ECHO, put back as it was whatever happens, but for a
/// signal that no process can catch.
enum QuietTerminal {
    enum Outcome {
        case line([UInt8])
        /// The person ended the input (control-D).
        case ended
        /// A signal came. Everything is as it was; the caller raises it for what it does usually.
        case interrupted(Int32)
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Asks, and waits for a line, without its LF; of a longer one the first `limit` bytes.
    ///
    /// It is quiet before it is asked, so that nothing typed in answer is shown or lost. The signals are blocked but for the time that pselect(2) waits, so none can come between looking and waiting.
    static func line(
        from descriptor: Int32, atMost limit: Int, isShown: Bool = false, askedBy ask: () -> Void
    ) -> Outcome {
        let signals = HeldSignals()
        defer { signals.release() }
        var before = termios()
        // SAFETY: tcgetattr(3) writes into a structure that lives for the call, tcsetattr(3) reads one.
        guard unsafe tcgetattr(descriptor, &before) == 0 else { return .ended }
        var quiet = before
        if !isShown { quiet.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK) }
        quiet.c_lflag |= tcflag_t(ICANON | ISIG | ECHONL)
        guard unsafe tcsetattr(descriptor, TCSAFLUSH, &quiet) == 0 else { return .ended }
        defer { unsafe _ = tcsetattr(descriptor, TCSAFLUSH, &before) }
        ask()
        var line: [UInt8] = []
        line.reserveCapacity(limit + chunkBytes)
        while signals.wait(for: descriptor) == nil {
            guard let isWhole = append(from: descriptor, to: &line, atMost: limit) else { break }
            if isWhole { return .line(line) }
        }
        line.wipe()
        return signals.caught.map { .interrupted($0) } ?? .ended
    }

    private static let chunkBytes = 256

    /// Appends what can be read, up to `limit`; true at the end of the line, nil when nothing more comes.
    private static func append(from descriptor: Int32, to line: inout [UInt8], atMost limit: Int) -> Bool? {
        // SAFETY: read(2) writes at most `chunkBytes` bytes into the space; only those it counts are read, and all are wiped.
        unsafe withUnsafeTemporaryAllocation(byteCount: chunkBytes, alignment: 1) { space in
            defer { if let start = space.baseAddress { unsafe explicit_bzero(start, space.count) } }
            let count = unsafe read(descriptor, space.baseAddress, space.count)
            guard count > 0 else { return nil }
            for index in 0..<count {
                let byte = unsafe space[index]
                if byte == UInt8(ascii: "\n") { return true }
                if line.count < limit { line.append(byte) }
            }
            return false
        }
    }
}
