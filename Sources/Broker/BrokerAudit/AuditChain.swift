internal import Digests
internal import Timestamps

/// Records on their way out: each carries the hash of the one before. What is staged counts once it is written; until then
/// it can be withdrawn, and the chain is as if it had never been.
struct AuditChain: ~Copyable {
    /// The last record that is written.
    private(set) var committed: AuditHead
    /// The last record that is staged.
    private(set) var staged: AuditHead
    /// The lines to be written.
    private(set) var bytes = LineBuffer()
    /// False when libcrypto refused to hash: what is staged then is no chain.
    private(set) var isSound = true
    private var hash = SHA256()
    private var clock = RFC3339Clock()
    /// Records come many in a millisecond: the time of the last one, and its text.
    private var time: (seconds: Int64, milliseconds: Int32) = (.min, 0)
    private var timeText: [UInt8] = []

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
        bytes.clear()
    }

    /// What is staged is not written, and forgotten.
    mutating func withdraw() {
        staged = committed
        bytes.clear()
    }

    /// The chain goes on from another record; nothing may be staged.
    mutating func goOn(from head: AuditHead) {
        committed = head
        withdraw()
    }

    /// The line's members that every record begins with.
    private mutating func begin(at time: Timestamp) -> Int {
        let start = bytes.count
        bytes.append("{\"seq\":")
        bytes.append(staged.sequence &+ 1)
        bytes.append(",\"prev\":\"")
        bytes.append(staged.digest)
        bytes.append("\",\"time\":\"")
        append(time)
        bytes.append("\",\"event\":\"")
        return start
    }

    private mutating func end(from start: Int) {
        bytes.append(UInt8(ascii: "}"))
        let digest = bytes.lend(from: start) { hash.digest(of: $0) }
        bytes.append(UInt8(ascii: "\n"))
        if digest == nil { isSound = false }
        staged = AuditHead(sequence: staged.sequence &+ 1, digest: digest ?? .zero)
    }

    private mutating func append(_ instant: Timestamp) {
        let milliseconds = instant.nanoseconds / 1_000_000
        if time != (instant.seconds, milliseconds) {
            time = (instant.seconds, milliseconds)
            timeText.removeAll(keepingCapacity: true)
            clock.append(instant, to: &timeText)
        }
        bytes.append(timeText)
    }
}
