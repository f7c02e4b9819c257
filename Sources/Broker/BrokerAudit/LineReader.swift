internal import Glibc

/// The lines of a file, one after the other, in constant memory whatever the file holds.
struct LineReader {
    /// A line, or a part of one that is longer than any record.
    struct Piece {
        /// Without the LF.
        let bytes: [UInt8]
        /// Nothing of the line has come before.
        let isBeginning: Bool
        /// The LF stands behind it.
        let isEnd: Bool

        var isWholeLine: Bool { isBeginning && isEnd }
    }

    private static let chunk = 1 << 18

    private let descriptor: CInt
    /// Where in the file the buffer ends.
    private var offset: Int
    private var buffer: [UInt8] = []
    /// What of the buffer has been given out, and what has been searched for an LF.
    private var start = 0
    private var searched = 0
    private var isInsideLine = false

    /// `offset` is where to begin, in bytes; a line begins there.
    init(_ descriptor: CInt, from offset: Int = 0) {
        self.descriptor = descriptor
        self.offset = offset
    }

    /// The next line; nil at the end of the file. Asked again, it goes on where the file has grown. A last line without an
    /// LF is given out as it is, or else kept until its end is there.
    mutating func next(keepsTheRest: Bool = false) throws(ReadFailure) -> Piece? {
        while true {
            if let end = newLine() {
                defer {
                    start = end + 1
                    searched = start
                }
                return give(upTo: end, isEnd: true)
            }
            guard buffer.count - start < AuditLine.longest else {
                defer { start = buffer.count }
                return give(upTo: buffer.count, isEnd: false)
            }
            if try fill() { continue }
            guard !keepsTheRest, start < buffer.count else { return nil }
            defer { start = buffer.count }
            return give(upTo: buffer.count, isEnd: false)
        }
    }

    /// Something stands behind the last line that was given out.
    var hasRest: Bool { start < buffer.count }

    /// Reading failed; errno says why.
    struct ReadFailure: Error {}

    private mutating func give(upTo end: Int, isEnd: Bool) -> Piece {
        let piece = Piece(bytes: Array(buffer[start..<end]), isBeginning: !isInsideLine, isEnd: isEnd)
        isInsideLine = !isEnd
        return piece
    }

    private mutating func newLine() -> Int? {
        // SAFETY: what is searched lies within the buffer.
        let found: Int? = unsafe buffer.withUnsafeBytes { bytes in
            guard searched < bytes.count, let base = bytes.baseAddress,
                let place = unsafe memchr(base + searched, 0x0A, bytes.count - searched)
            else { return nil }
            return unsafe UnsafeRawPointer(place) - base
        }
        if found == nil { searched = buffer.count }
        return found
    }

    /// Reads on; false at the end of the file.
    private mutating func fill() throws(ReadFailure) -> Bool {
        guard let bytes = DescriptorBytes.read(from: descriptor, at: offset, upTo: Self.chunk) else {
            throw ReadFailure()
        }
        guard !bytes.isEmpty else { return false }
        buffer.removeFirst(start)
        searched -= start
        start = 0
        buffer += bytes
        offset += bytes.count
        return true
    }
}
