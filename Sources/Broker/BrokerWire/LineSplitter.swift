internal import Glibc

/// Cuts a stream of bytes into lines at LF, keeping at most one unfinished line, never more than its limit.
package struct LineSplitter: Sendable {
    package struct TooLong: Error, Equatable {}

    private var unfinished: [UInt8] = []
    private let limit: Int

    /// - Parameter limit: bytes of one line, its LF not counted.
    package init(limit: Int) { self.limit = limit }

    /// What whoever takes a line says of the next ones.
    package enum Appetite {
        case goOn
        /// The line was taken; no more for now.
        case stop
        /// Not even this line for now.
        case leave
    }

    /// Whether a line has begun and not ended.
    package var isInsideLine: Bool { !unfinished.isEmpty }

    /// Bytes of the unfinished line.
    package var bytesHeld: Int { unfinished.count }

    /// Hands every line that ends in `bytes` to `take`, in order, while it goes on; keeps the unfinished rest.
    ///
    /// - Returns: how many bytes were taken: all of them, unless `take` stopped. The first line of a feed is never left.
    package mutating func feed(_ bytes: Span<UInt8>, take: (Span<UInt8>) -> Appetite) throws(TooLong) -> Int {
        var start = 0
        while let end = Self.lineFeed(in: bytes, from: start) {
            let appetite: Appetite
            if unfinished.isEmpty {
                guard end - start <= limit else { throw TooLong() }
                appetite = take(bytes.extracting(start..<end))
            } else {
                guard unfinished.count + end - start <= limit else { throw TooLong() }
                Self.append(bytes.extracting(start..<end), to: &unfinished)
                let line = unfinished
                unfinished = []
                appetite = take(line.span)
            }
            switch appetite {
            case .goOn: start = end + 1
            case .stop: return end + 1
            case .leave: return start
            }
        }
        guard unfinished.count + bytes.count - start <= limit else { throw TooLong() }
        Self.append(bytes.extracting(start..<bytes.count), to: &unfinished)
        return bytes.count
    }

    private static func lineFeed(in bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        // SAFETY: memchr(3) looks at the `count - start` bytes after `start`, and what it finds lies among them.
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, CInt(UInt8(ascii: "\n")), buffer.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    private static func append(_ bytes: Span<UInt8>, to buffer: inout [UInt8]) {
        // SAFETY: the pointer is used within the closure only. Appending grows the buffer by doubling, as reserving would not.
        unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
    }
}
