/// Where records go. The broker stages records while it works and commits them once per turn of its event loop, before
/// the replies of that turn leave: what is not committed has not happened.
///
/// One event loop owns a sink; no call waits for anything but the file system.
package protocol AuditSink: AnyObject {
    /// Stages a record; nothing is written before the commit.
    func record(_ record: borrowing DecisionRecord)
    /// Stages an event; nothing is written before the commit.
    func record(_ event: borrowing AuditEvent)

    /// Writes what is staged, with one write(2).
    ///
    /// - Returns: false when it could not be written. Then what was staged is withdrawn (the chain is as it was before) and
    ///   the sink is unavailable until `recover` succeeds. Nothing staged is always written.
    func commit() -> Bool

    /// Whether a commit has a chance. Cheap: asked for every request.
    var isAvailable: Bool { get }
    /// Why it has none, for the operator; nil while it has.
    var unavailableReason: String? { get }

    /// Looks after the file: called about twice a second. While unavailable it tries to open and write again, and when that
    /// works the first record says so; else it notices that the file was moved away or removed.
    func recover()

    /// Begins a new file, at the next commit when records are staged (SIGHUP).
    func rotate()

    /// The last record that was committed.
    var head: AuditHead { get }
}
