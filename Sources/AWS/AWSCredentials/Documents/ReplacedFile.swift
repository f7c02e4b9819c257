import Glibc

/// A file that is written beside its place and then put there, so that it is never seen half written: rename(2).
enum ReplacedFile {
    /// Writes `bytes`, readable by the old file's owner alone, who stays its owner.
    ///
    /// - Returns: why it could not be; nil when it was.
    static func write(_ bytes: [UInt8], to path: String) -> String? {
        var old = stat()
        // SAFETY: here and below, a path lends a NUL-terminated copy for the call; `old` lives for it.
        guard unsafe stat(path, &old) == 0 else { return words(ofErrno: errno) }
        // A name of its own: a draft that a crash has left, or that another profile is writing, is in nobody's way.
        let draft = "\(path).\(UInt64.random(in: .min ... .max)).tmp"
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return words(ofErrno: errno) }
        var problem = writeAll(bytes, to: descriptor)
        if problem == nil, geteuid() == 0, fchown(descriptor, old.st_uid, old.st_gid) != 0 {
            problem = words(ofErrno: errno)
        }
        if problem == nil, fsync(descriptor) != 0 { problem = words(ofErrno: errno) }
        close(descriptor)
        if problem == nil, unsafe rename(draft, path) != 0 { problem = words(ofErrno: errno) }
        if problem != nil { unsafe unlink(draft) }
        return problem
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> String? {
        var written = 0
        while written < bytes.count {
            // SAFETY: write(2) reads the bytes from `written` to the end of the array, which lives for the call.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return words(ofErrno: errno) }
            written += count
        }
        return nil
    }
}
