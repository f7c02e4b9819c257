internal import Glibc

/// Reads an audit file as `tail` does: its last lines, and then what is appended to it, also when a new file takes its place.
package final class AuditFollower {
    private let path: String
    private var file: ReadFile
    private var reader: LineReader

    package init(_ path: String) throws(AuditFailure) {
        self.path = path
        file = try ReadFile(path)
        reader = LineReader(file.descriptor)
    }

    /// The last `count` lines that there are now; one without an end among them only when nobody waits for the rest of it.
    package func last(_ count: Int, keepsTheRest: Bool) throws(AuditFailure) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        try readLines(keepsTheRest: keepsTheRest) { line in
            lines.append(line)
            // Not at each line: that would move all of them.
            if lines.count > 2 * count + 1_000 { lines.removeFirst(lines.count - count) }
        }
        return lines.suffix(count)
    }

    /// What has come since; when a new file has taken the place of this one and this one is read to its end, from that on.
    package func new(_ take: ([UInt8]) -> Void) throws(AuditFailure) {
        // First whether, then what is left: what was written in between is not missed.
        let next = isReplaced ? try? ReadFile(path) : nil
        try readLines(keepsTheRest: true, take)
        guard let next else { return }
        file = next
        reader = LineReader(next.descriptor)
        try readLines(keepsTheRest: true, take)
    }

    private var isReplaced: Bool {
        guard let there = AppendedFile.Identity(of: path) else { return false }
        var status = stat()
        // SAFETY: `status` lives for the call, which writes only into it.
        return unsafe fstat(file.descriptor, &status) == 0 && AppendedFile.Identity(status) != there
    }

    private func readLines(keepsTheRest: Bool, _ take: ([UInt8]) -> Void) throws(AuditFailure) {
        do throws(LineReader.ReadFailure) {
            while let piece = try reader.next(keepsTheRest: keepsTheRest) {
                if piece.isBeginning { take(piece.bytes) }
            }
        } catch {
            throw .lastError("read", path)
        }
    }
}
