internal import Glibc

/// The lock that says which broker serves a path: flock(2) on a file beside it. The kernel lets go of it when its holder
/// dies, however it dies.
enum SocketLock {
    /// Tries again when the file it locked was removed in the meantime by a broker that was just ending.
    private static let attempts = 8

    static func take(for path: SocketPath) throws(SocketFailure) -> CInt {
        for _ in 0..<attempts {
            // SAFETY: here and below, a String given as a C string lives for the call.
            let descriptor = unsafe open(path.lockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw .lastError("open the lock", path.lockFile) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let holder = holder(descriptor)
                _ = close(descriptor)
                throw .held(path: path.path, pid: holder)
            }
            if FileIdentity(of: descriptor) == (try? FileIdentity(of: path.lockFile)) {
                note(getpid(), in: descriptor)
                return descriptor
            }
            _ = close(descriptor)
        }
        throw .held(path: path.path, pid: nil)
    }

    static func release(_ descriptor: CInt, for path: SocketPath) {
        _ = unsafe unlink(path.lockFile)
        _ = close(descriptor)
    }

    /// The pid is for people who ask who holds the path; nothing is decided by it.
    private static func note(_ pid: pid_t, in descriptor: CInt) {
        let text = Array("\(pid)\n".utf8)
        _ = ftruncate(descriptor, 0)
        // SAFETY: the pointer and the count are of one array that lives for the call.
        _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private static func holder(_ descriptor: CInt) -> Int32? {
        var text = [UInt8](repeating: 0, count: 16)
        // SAFETY: as above.
        let count = unsafe text.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        return Int32(String(decoding: text.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
