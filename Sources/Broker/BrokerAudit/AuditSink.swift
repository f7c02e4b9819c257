internal import Glibc
internal import Timestamps

/// Where records go. The broker records before it replies, and commits once per turn of its event loop, before the
/// replies of that turn leave.
package protocol AuditSink: AnyObject {
    func record(_ record: borrowing DecisionRecord)
    func commit()
}

/// Records as lines of JSON on a descriptor, such as standard error.
package final class LineAuditSink: AuditSink {
    /// Bytes kept while nobody commits; past it records are written at once.
    private static let batchBytes = 65_536

    private let descriptor: CInt
    private var pending: [UInt8] = []
    private var clock = RFC3339Clock()
    /// Whether the last line that was written lacks its end.
    private var isLineTorn = false

    /// - Parameter descriptor: open for writing; it stays the caller's.
    package init(descriptor: CInt) { self.descriptor = descriptor }

    package func record(_ record: borrowing DecisionRecord) {
        if isLineTorn, pending.isEmpty { pending.append(UInt8(ascii: "\n")) }
        record.write(to: &pending, clock: &clock)
        if pending.count >= Self.batchBytes { commit() }
    }

    /// Writes what is pending. What the descriptor does not take (a full disk, a reader that left) is dropped: these lines
    /// are a log; an audit that may not lose a record refuses requests instead.
    package func commit() {
        guard !pending.isEmpty else { return }
        var written = 0
        // SAFETY: what is written lies within `bytes`, which live for this closure.
        unsafe pending.withUnsafeBytes { bytes in
            while written < bytes.count {
                let count = unsafe write(
                    descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
                if count > 0 {
                    written += count
                } else if count < 0, errno == EINTR {
                    continue
                } else {
                    return
                }
            }
        }
        if written > 0 { isLineTorn = pending[written - 1] != UInt8(ascii: "\n") }
        pending.removeAll(keepingCapacity: true)
    }
}
