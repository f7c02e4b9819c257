internal import Glibc

/// Verifies audit files: follows the chain through all of them and tells everything that is wrong, in constant memory.
///
/// What it cannot find: records cut off at the very end, and an edit of the very last one, unless a head is given that was
/// noted after them; and a chain that was made anew from some record on by somebody who could write the files, unless a
/// head is given that was noted before.
package enum AuditVerifier {
    /// - Parameters:
    ///   - paths: the files, in any order.
    ///   - head: as `status` showed it, now or earlier.
    ///   - looks: how often a last line without an end is looked at again, 20 ms apart: the broker may be writing it.
    ///   - report: is given every finding.
    /// - Returns: what was verified.
    /// - Throws: when a file cannot be read.
    package static func verify(
        _ paths: [String], head: AuditHead? = nil, looks: Int = 5, report: @escaping (AuditFinding) -> Void
    ) throws(AuditFailure) -> AuditSummary {
        try verify(paths, head: head, looks: looks, each: { _ in }, report: report)
    }

    /// The same; `each` is given every record, in the order of the files.
    static func verify(
        _ paths: [String], head: AuditHead?, looks: Int, each: (AuditLine) -> Void,
        report: @escaping (AuditFinding) -> Void
    ) throws(AuditFailure) -> AuditSummary {
        var files: [(file: ReadFile, first: UInt64)] = []
        for path in paths {
            let file = try ReadFile(path)
            files.append((file, try file.firstSequence() ?? .max))
        }
        files.sort { ($0.first, $0.file.path) < ($1.first, $1.file.path) }
        var inspection = ChainInspection(head: head, report: report)
        for (file, _) in files {
            inspection.begin(file: file.path)
            try file.read(looks: looks) { piece in
                if let record = inspection.take(piece) { each(record) }
            }
            inspection.endFile()
        }
        inspection.finish()
        return inspection.summary
    }
}

/// A file that is read as an audit.
final class ReadFile {
    let path: String
    let descriptor: CInt

    private static let pauseMicroseconds: useconds_t = 20_000

    init(_ path: String) throws(AuditFailure) {
        // SAFETY: a String given as a C string lives for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .lastError("open", path) }
        var status = stat()
        // SAFETY: `status` lives for the call, which writes only into it.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = close(descriptor)
            throw .notAFile(path)
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }

    /// The number of the first record in the file.
    func firstSequence() throws(AuditFailure) -> UInt64? {
        var reader = LineReader(descriptor)
        do throws(LineReader.ReadFailure) {
            while let piece = try reader.next() {
                if piece.isWholeLine, let record = AuditLine(piece.bytes.span) { return record.sequence }
            }
            return nil
        } catch {
            throw .lastError("read", path)
        }
    }

    /// Reads every line of the file. One without an end is waited for a little: no lock is asked for it, which could keep
    /// a broker from starting.
    func read(looks: Int, _ take: (LineReader.Piece) -> Void) throws(AuditFailure) {
        var reader = LineReader(descriptor)
        do throws(LineReader.ReadFailure) {
            for look in 0...max(0, looks) {
                while let piece = try reader.next(keepsTheRest: true) { take(piece) }
                guard reader.hasRest, look < looks else { break }
                usleep(Self.pauseMicroseconds)
            }
            while let piece = try reader.next() { take(piece) }
        } catch {
            throw .lastError("read", path)
        }
    }
}
