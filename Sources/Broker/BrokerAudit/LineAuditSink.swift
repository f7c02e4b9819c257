internal import Digests
internal import Glibc
package import Timestamps

/// Records as lines on a descriptor, such as standard error: the same lines as in a file, in a chain that begins anew with
/// each sink.
///
/// It never refuses. What the descriptor does not take (a full disk, a reader that left) is dropped, and the next record
/// that it does take says so.
package final class LineAuditSink: AuditSink {
    /// Bytes kept while nobody commits; past it records are written at once.
    private static let batchBytes = 65_536

    private let descriptor: CInt
    private let now: () -> Timestamp
    private var chain = AuditChain(after: .start)
    /// What was dropped, and what of it stands in the way: told by the first record that is written.
    private var loss: Loss?

    private struct Loss {
        let reason: String
        let records: UInt64
        /// What stands behind the last whole record and is none.
        let torn: [UInt8]
    }

    /// - Parameters:
    ///   - descriptor: open for writing; it stays the caller's.
    ///   - now: the wall clock, for the sink's own records.
    package init(descriptor: CInt, now: @escaping () -> Timestamp = Timestamp.now) {
        self.descriptor = descriptor
        self.now = now
    }

    package var isAvailable: Bool { true }
    package var unavailableReason: String? { nil }
    package var head: AuditHead { chain.committed }

    package func recover() {}
    package func rotate() {}

    package func record(_ record: borrowing DecisionRecord) {
        tellOfLoss()
        chain.stage(record)
        if chain.bytes.count >= Self.batchBytes { write() }
    }

    package func record(_ event: borrowing AuditEvent) {
        tellOfLoss()
        chain.stage(event)
        if chain.bytes.count >= Self.batchBytes { write() }
    }

    /// - Returns: true, whether or not the descriptor took it: these lines are a log.
    package func commit() -> Bool {
        if !chain.isEmpty { write() }
        return true
    }

    private func tellOfLoss() {
        guard chain.isEmpty, let loss else { return }
        if !loss.torn.isEmpty { chain.stageLineEnd() }
        let torn = AuditEvent.Torn(loss.torn)
        chain.stage(
            AuditEvent(time: now(), .recovered(.init(reason: loss.reason, torn: torn, withdrawn: loss.records))))
    }

    private func write() {
        let (written, problem) = chain.bytes.lend { DescriptorBytes.write($0, to: descriptor) }
        if let problem { return drop(after: written, reason: problem) }
        loss = nil
        chain.commit()
    }

    /// Records that are written whole count; the rest is dropped.
    private func drop(after written: Int, reason: String) {
        let newLine = UInt8(ascii: "\n")
        let out = chain.bytes.prefix(written)
        let dropped = chain.count
        let end = out.lastIndex(of: newLine) ?? 0
        let line = out[..<end].split(separator: newLine, omittingEmptySubsequences: false).last ?? []
        if let head = AuditHead(ofLine: Array(line)) {
            let torn = Array(out[(end + 1)...])
            loss = Loss(reason: reason, records: chain.staged.sequence &- head.sequence, torn: torn)
            return chain.goOn(from: head)
        }
        chain.withdraw()
        guard let earlier = loss else { return loss = Loss(reason: reason, records: dropped, torn: Array(out)) }
        // The record that was to tell of the earlier loss is not written either: it was none of the requests'.
        loss = Loss(
            reason: reason, records: earlier.records &+ dropped &- 1,
            torn: Array((earlier.torn + out).prefix(Self.batchBytes)))
    }
}

extension AuditEvent.Torn {
    /// nil for no bytes, or when libcrypto refuses.
    init?(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, let digest = SHA256.digest(of: bytes) else { return nil }
        self.init(bytes: UInt64(bytes.count), sha256: digest.hex)
    }
}
