internal import Digests
internal import JSONText

/// Lines between two records that are none: what a crash left, or what somebody made of a record.
struct Litter: ~Copyable {
    let file: String
    let firstLine: Int
    private var lastLine: Int
    /// The last of the lines ends in an LF.
    private(set) var hasEnd = false
    private var count: UInt64 = 0
    private var hash = SHA256()

    init(file: String, line: Int) {
        self.file = file
        firstLine = line
        lastLine = line
    }

    /// The LF of the last line counts once another line follows it.
    mutating func add(_ piece: LineReader.Piece, line: Int) {
        if hasEnd { take([UInt8(ascii: "\n")]) }
        take(piece.bytes)
        hasEnd = piece.isEnd
        lastLine = line
    }

    /// Whether these are the bytes that a `recovered` record tells of.
    mutating func matches(_ torn: AuditEvent.Torn) -> Bool {
        hasEnd && torn.bytes == count && torn.sha256 == hash.finish()?.hex
    }

    /// `the line is`, `lines 3 to 7 are`.
    var lines: String { firstLine == lastLine ? "the line is" : "lines \(firstLine) to \(lastLine) are" }

    private mutating func take(_ bytes: [UInt8]) {
        count += UInt64(bytes.count)
        hash.update(bytes.span)
    }
}

extension AuditLine {
    /// What a `recovered` record says that it found torn; nil for nothing.
    var torn: AuditEvent.Torn? {
        guard let bytes = members["tornBytes"]?.integer, bytes > 0 else { return nil }
        return AuditEvent.Torn(bytes: UInt64(bytes), sha256: members["tornSHA256"]?.string ?? "")
    }
}

/// Records that were not where they belong and may still come.
struct Gaps {
    struct Gap {
        var sequences: ClosedRange<UInt64>
        let isAtEndOfFile: Bool
        /// The record behind the gap.
        let file: String
        let line: Int
    }

    /// More gaps than this are not kept in mind: a bound on memory, for files that mean harm.
    private static let openAtMost = 256

    private(set) var open: [Gap] = []

    /// Keeps the gap open; returns the oldest when there are too many.
    mutating func open(_ gap: Gap) -> Gap? {
        open.append(gap)
        return open.count > Self.openAtMost ? open.removeFirst() : nil
    }

    /// Whether the record was missing; it is not any more.
    mutating func fill(_ sequence: UInt64) -> Bool {
        guard let index = open.firstIndex(where: { $0.sequences.contains(sequence) }) else { return false }
        let gap = open.remove(at: index)
        if sequence < gap.sequences.upperBound {
            var rest = gap
            rest.sequences = (sequence + 1)...gap.sequences.upperBound
            open.insert(rest, at: index)
        }
        if sequence > gap.sequences.lowerBound {
            var rest = gap
            rest.sequences = gap.sequences.lowerBound...(sequence - 1)
            open.insert(rest, at: index)
        }
        return true
    }
}
