internal import Digests
internal import Glibc

/// What an audit file ends in: its last record, and what a crash may have left behind it.
struct AuditEnd {
    /// The last record; nil when the file has none yet.
    let head: AuditHead?
    /// The last record is whole but for its LF.
    let lacksLineEnd: Bool
    /// What stands behind the last record and is none.
    let torn: AuditEvent.Torn?

    static let empty = AuditEnd(head: nil, lacksLineEnd: false, torn: nil)

    /// How far back a record is looked for, in bytes: one of the longest, behind what is left of several others.
    private static let farthest = 8 * AuditLine.longest
    private static let nearest = 1 << 16

    /// Reads backwards from `size`, as far as it has to.
    static func read(_ descriptor: CInt, size: Int, path: String) throws(AuditFailure) -> AuditEnd {
        var room = min(size, nearest)
        while true {
            guard let bytes = DescriptorBytes.read(from: descriptor, at: size - room, upTo: room), bytes.count == room
            else { throw .lastError("read", path) }
            if let end = AuditEnd(ofFile: bytes, isWhole: room == size) { return end }
            guard room < min(size, farthest) else { throw .noAudit(path) }
            room = min(size, room * 8, farthest)
        }
    }

    /// The end that `bytes` are; nil when there is no record in them, nor the beginning of the first. In the whole of a
    /// file nothing stands before them.
    init?(ofFile bytes: [UInt8], isWhole: Bool) {
        let newLine = UInt8(ascii: "\n")
        var end = bytes.lastIndex(of: newLine)
        while let lineEnd = end {
            let before = bytes[..<lineEnd].lastIndex(of: newLine)
            guard before != nil || isWhole else { return nil }
            if let head = AuditHead(ofLine: Array(bytes[(before.map { $0 + 1 } ?? 0)..<lineEnd])) {
                self.init(behind: head, rest: Array(bytes[(lineEnd + 1)...]))
                return
            }
            end = before
        }
        guard isWhole else { return nil }
        // No record at all: nothing, or the first one cut off.
        let beginning = AuditLine.beginning.prefix(bytes.count)
        guard bytes.starts(with: beginning), !bytes.contains(newLine) else { return nil }
        let head = AuditHead(ofLine: bytes)
        self.init(
            head: head, lacksLineEnd: head != nil, torn: head == nil ? AuditEvent.Torn(bytes) : nil)
    }

    /// `rest` stands behind the record `head`, and no line of it is one.
    init(behind head: AuditHead, rest: [UInt8]) {
        let last = Array(rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).last ?? [])
        if let record = AuditLine(last.span), record.follows(head), let whole = AuditHead(ofLine: last) {
            self.init(head: whole, lacksLineEnd: true, torn: nil)
        } else {
            self.init(head: head, lacksLineEnd: false, torn: AuditEvent.Torn(rest))
        }
    }

    private init(head: AuditHead?, lacksLineEnd: Bool, torn: AuditEvent.Torn?) {
        self.head = head
        self.lacksLineEnd = lacksLineEnd
        self.torn = torn
    }
}
