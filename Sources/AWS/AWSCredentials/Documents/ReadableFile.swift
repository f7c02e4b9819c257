import Glibc
import Secrets

/// A file read whole, within a limit, with what is known of who else may read it.
struct ReadableFile {
    /// In an array that nobody shares, so that the caller can wipe it.
    var bytes: [UInt8]
    /// Permission bits.
    let mode: UInt32

    /// nil when there is no such file.
    init?(at path: String, atMost limit: Int) throws(SharedFileFailure) {
        guard !path.utf8.contains(0) else { throw SharedFileFailure(path: "", why: "the path holds a NUL character") }
        // O_NONBLOCK: a FIFO that nobody writes to must not hold the process.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Self.failure(path, errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Self.failure(path, errno) }
        guard status.st_size <= limit else {
            throw SharedFileFailure(path: path, why: "the file is longer than \(limit) bytes")
        }
        mode = UInt32(status.st_mode) & 0o7777
        bytes = try Self.read(descriptor, path: path, room: max(Int(status.st_size), 4096) + 1)
    }

    /// What is wrong when others than the owner can read the file, and what mends it; nil when nobody can.
    static func exposure(of path: String, mode: UInt32) -> (why: String, remedy: String)? {
        guard mode & 0o077 != 0 else { return nil }
        return (
            "\(path) holds keys and is open to other users (mode 0\(String(mode & 0o777, radix: 8)))",
            "chmod 600 \(path)"
        )
    }

    private static func read(_ descriptor: Int32, path: String, room: Int) throws(SharedFileFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: room)
        var used = 0
        var failed: Int32 = 0
        while used < room {
            // SAFETY: at most the bytes that are left after `used` are written.
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress.map { unsafe $0 + used }, room - used)
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { failed = errno }
            if count <= 0 { break }
            used += count
        }
        guard failed == 0, used < room else {
            _ = SecretBytes(takingAndWiping: &bytes)
            throw failed == 0
                ? SharedFileFailure(path: path, why: "the file grew while it was read") : failure(path, failed)
        }
        bytes.removeLast(room - used)
        return bytes
    }

    private static func failure(_ path: String, _ code: Int32) -> SharedFileFailure {
        SharedFileFailure(path: path, why: words(ofErrno: code))
    }
}
