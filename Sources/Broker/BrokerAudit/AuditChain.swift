internal import Digests
internal import JSONText
internal import Timestamps

/// Records on their way out: each carries the hash of the one before. What is staged counts once it is written; until then
/// it can be withdrawn, and the chain is as if it had never been.
struct AuditChain: ~Copyable {
    /// A buffer that one huge turn made larger than this is given back.
    private static let roomKept = 1 << 20

    /// The last record that is written.
    private(set) var committed: AuditHead
    /// The last record that is staged.
    private(set) var staged: AuditHead
    /// The lines to be written.
    private(set) var bytes: [UInt8] = []
    /// False when libcrypto refused to hash: what is staged then is no chain.
    private(set) var isSound = true
    private var hash = SHA256()
    private var clock = RFC3339Clock()

    init(after head: AuditHead) {
        committed = head
        staged = head
    }

    var isEmpty: Bool { bytes.isEmpty }
    /// Records that are staged.
    var count: UInt64 { staged.sequence &- committed.sequence }

    mutating func stage(_ record: borrowing DecisionRecord) {
        let start = begin(at: record.time)
        record.writeMembers(to: &bytes)
        end(from: start)
    }

    mutating func stage(_ event: borrowing AuditEvent) {
        let start = begin(at: event.time)
        event.writeMembers(to: &bytes)
        end(from: start)
    }

    /// Stages the end of a line that somebody else left without one. No hash covers it.
    mutating func stageLineEnd() { bytes.append(UInt8(ascii: "\n")) }

    /// What is staged is written.
    mutating func commit() {
        committed = staged
        clear()
    }

    /// What is staged is not written, and forgotten.
    mutating func withdraw() {
        staged = committed
        clear()
    }

    /// The chain goes on from another record; nothing may be staged.
    mutating func goOn(from head: AuditHead) {
        committed = head
        withdraw()
    }

    /// The line's members that every record begins with.
    private mutating func begin(at time: Timestamp) -> Int {
        let start = bytes.count
        JSONText.append("{\"seq\":", to: &bytes)
        JSONText.append(staged.sequence &+ 1, to: &bytes)
        JSONText.append(",\"prev\":\"", to: &bytes)
        staged.digest.appendHex(to: &bytes)
        JSONText.append("\",\"time\":\"", to: &bytes)
        clock.append(time, to: &bytes)
        JSONText.append("\",\"event\":\"", to: &bytes)
        return start
    }

    private mutating func end(from start: Int) {
        bytes.append(UInt8(ascii: "}"))
        let digest = hash.digest(of: bytes, from: start)
        bytes.append(UInt8(ascii: "\n"))
        if digest == nil { isSound = false }
        staged = AuditHead(sequence: staged.sequence &+ 1, digest: digest ?? .zero)
    }

    private mutating func clear() { bytes.removeAll(keepingCapacity: bytes.capacity <= Self.roomKept) }
}
