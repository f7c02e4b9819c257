internal import Digests
internal import Glibc
package import Timestamps

/// The audit in a file of its own: records in a chain that goes on across restarts and rotations.
///
/// What cannot be written is withdrawn, and the file is cut back to its last record; then the sink is unavailable until
/// `recover` has made the file fit to be written again. The chain goes on from the last record that this process wrote,
/// whatever has been done to the file since: what others cut or change shows when it is verified.
///
/// Records reach the kernel before the replies do; they are not forced to the disk (fsync(2)), so a host that loses its
/// power may lose the last seconds.
package final class AuditFile: AuditSink {
    let path: String
    let rotateBytes: Int
    let now: () -> Timestamp

    var chain: AuditChain
    /// nil when it could not be opened again.
    var file: AppendedFile?
    /// Which file it was, even then.
    var identity: AppendedFile.Identity
    /// Bytes of the file up to the end of its last record.
    var length = 0
    /// The length at which a new file is begun.
    var rotatesAt: Int
    var rotationIsWanted = false
    /// The name of the file before this one, until this one has a record.
    var previousFile: String?
    /// Records withdrawn since the sink is unavailable.
    var withdrawn: UInt64 = 0
    package internal(set) var unavailableReason: String?

    /// Opens the file and finds the end of its chain; what a crash left there is recorded at once.
    ///
    /// - Parameters:
    ///   - path: the file; made, with mode 0600, when there is none. Its folder must be there.
    ///   - rotateBytes: the size at which a new file is begun, in bytes; 0: never.
    ///   - now: the wall clock, for the sink's own records.
    /// - Throws: when the file is none, not ours, held by another process, or does not end in a record. A full disk is no
    ///   such failure: then the sink begins unavailable.
    package init(
        path: String, rotateBytes: Int, now: @escaping () -> Timestamp = Timestamp.now
    ) throws(AuditFailure) {
        guard SHA256.digest(of: []) != nil else { throw .cryptography }
        self.path = path
        self.rotateBytes = rotateBytes
        self.now = now
        let file = try AppendedFile.open(path)
        guard let state = file.state else { throw .lastError("look at", path) }
        let end = try AuditEnd.read(file.descriptor, size: state.size, path: path)
        let predecessor = end.head == nil ? try RotatedFiles(of: path).newest() : nil
        chain = AuditChain(after: end.head ?? predecessor?.head ?? .start)
        self.file = file
        identity = file.identity
        length = state.size
        rotatesAt = rotateBytes
        previousFile = predecessor?.name
        begin(after: end, reason: "the broker ended while it wrote a record")
    }

    package var isAvailable: Bool { unavailableReason == nil }
    package var head: AuditHead { chain.committed }

    package func record(_ record: borrowing DecisionRecord) { chain.stage(record) }
    package func record(_ event: borrowing AuditEvent) { chain.stage(event) }

    package func commit() -> Bool {
        guard !chain.isEmpty else {
            if rotationIsWanted, isAvailable { beginNewFile() }
            return true
        }
        guard isAvailable else {
            withdraw()
            return false
        }
        guard write() else { return false }
        if rotationIsWanted || (rotateBytes > 0 && length >= rotatesAt) { beginNewFile() }
        return true
    }

    package func recover() {
        // What is staged has to be committed, or withdrawn, before anything else is written.
        guard chain.isEmpty else { return }
        if isAvailable { lookAfterFile() } else { openAgain() }
    }

    package func rotate() {
        rotationIsWanted = true
        if chain.isEmpty, isAvailable { beginNewFile() }
    }

    /// Writes what is staged at the end of the file, if that is still where this process left it.
    func write() -> Bool {
        guard chain.isSound else { return fail("libcrypto refuses SHA-256") }
        guard let file, let state = file.state else { return fail("the file cannot be looked at") }
        guard state.links > 0 else { return fail("the file was removed") }
        guard state.size == length else {
            return fail("the file had \(length) bytes and was made to have \(state.size)")
        }
        let (written, problem) = chain.bytes.lend { DescriptorBytes.write($0, to: file.descriptor) }
        if let problem {
            // What cannot be cut off either is found when the file is opened again.
            if written > 0 { _ = file.cut(to: length) }
            return fail(problem)
        }
        length += written
        previousFile = nil
        chain.commit()
        return true
    }

    func fail(_ reason: String) -> Bool {
        withdraw()
        unavailableReason = reason
        return false
    }

    func withdraw() {
        withdrawn &+= chain.count
        chain.withdraw()
    }
}
