/// Cuts a stream of bytes into lines at LF, keeping at most one unfinished line, never more than its limit.
package struct LineSplitter: Sendable {
    package struct TooLong: Error, Equatable {}

    private var unfinished: [UInt8] = []
    private let limit: Int

    /// - Parameter limit: bytes of one line, its LF not counted.
    package init(limit: Int) { self.limit = limit }

    /// Whether a line has begun and not ended.
    package var isInsideLine: Bool { !unfinished.isEmpty }

    /// Hands every line that ends in `bytes` to `take`, in order, while `take` answers true; keeps the unfinished rest.
    ///
    /// - Returns: how many bytes were taken: all of them, unless `take` answered false.
    package mutating func feed(_ bytes: Span<UInt8>, take: (Span<UInt8>) -> Bool) throws(TooLong) -> Int {
        var start = 0
        while let end = Self.lineFeed(in: bytes, from: start) {
            let goesOn: Bool
            if unfinished.isEmpty {
                guard end - start <= limit else { throw TooLong() }
                goesOn = take(bytes.extracting(start..<end))
            } else {
                guard unfinished.count + end - start <= limit else { throw TooLong() }
                keep(bytes.extracting(start..<end))
                let line = unfinished
                unfinished = []
                goesOn = take(line.span)
            }
            start = end + 1
            guard goesOn else { return start }
        }
        guard unfinished.count + bytes.count - start <= limit else { throw TooLong() }
        keep(bytes.extracting(start..<bytes.count))
        return bytes.count
    }

    private static func lineFeed(in bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\n") { return index }
            index += 1
        }
        return nil
    }

    /// Room grows by doubling: a line that comes byte by byte is not copied once a byte.
    private mutating func keep(_ bytes: Span<UInt8>) {
        let needed = unfinished.count + bytes.count
        if needed > unfinished.capacity { unfinished.reserveCapacity(max(needed, min(2 * unfinished.count, limit))) }
        for index in bytes.indices { unfinished.append(bytes[index]) }
    }
}
