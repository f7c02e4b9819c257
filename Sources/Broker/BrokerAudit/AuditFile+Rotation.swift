internal import Glibc

extension AuditFile {
    /// Moves the file to its name among the rotated ones and begins a new one, whose first record says so. Where that cannot
    /// be done the file just grows on; nothing is lost and the chain does not break.
    func beginNewFile() {
        rotationIsWanted = false
        guard let file, length > 0 else { return }
        guard AppendedFile.Identity(of: path) == file.identity else { return goOnElsewhere(from: file) }
        // Not again at each record, when it fails.
        rotatesAt = length &+ rotateBytes
        let name = RotatedFiles(of: path).path(endingWith: head.sequence)
        guard Self.rename(path, name) else { return }
        do throws(AuditFailure) {
            take(try .open(path, isNew: true), length: 0)
        } catch {
            // What was moved is still open and ours: back to its place with it.
            _ = Self.rename(name, path)
            return
        }
        previousFile = name.split(separator: "/").last.map(String.init)
        begin(after: .empty, reason: "")
    }

    /// Never over another file. Between the look and the move only somebody who may write to the folder could make one,
    /// and they may remove what is there anyway.
    private static func rename(_ old: String, _ new: String) -> Bool {
        guard AppendedFile.Identity(of: new) == nil, errno == ENOENT else { return false }
        // SAFETY: Strings given as C strings live for the call.
        return unsafe Glibc.rename(old, new) == 0
    }
}
