import Glibc
import Secrets

/// One shared file, read whole: where everything is, and its text, which lies in locked memory until this is let go.
package struct ProfileFile: ~Copyable {
    package let document: ProfileDocument
    /// False when there was no file: it counts as empty.
    package let exists: Bool
    private let content: SecretBytes

    /// The longest file that is read, in bytes; people's are some KiB.
    package static let maximumBytes = 1 << 20

    /// Reads the file; `path` is nil when nobody knows where it would be.
    package init(at path: String?, as kind: ProfileDocument.Kind) throws(SharedFileFailure) {
        let read = if let path { try Self.read(path) } else { [UInt8]?.none }
        let exists = read != nil
        var bytes = read ?? []
        _ = consume read  // `bytes` alone must own the storage that is wiped
        let document: ProfileDocument
        do throws(ProfileSyntaxFailure) {
            document = try ProfileDocument(parsing: bytes, as: kind)
        } catch {
            _ = SecretBytes(takingAndWiping: &bytes)
            throw SharedFileFailure(path: path ?? "", line: error.line, why: error.problem)
        }
        self.document = document
        self.exists = exists
        self.content = SecretBytes(takingAndWiping: &bytes)
    }

    /// A value as text, for what is no secret.
    package borrowing func text(of value: ProfileDocument.Value) -> String {
        String(decoding: bytes(of: value), as: UTF8.self)
    }

    /// A value's bytes, in an array of their own that the caller wipes when it is a secret.
    package borrowing func bytes(of value: ProfileDocument.Value) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(value.reduce(value.count) { $0 + $1.count })  // grown, it would leave a copy behind
        content.lend { span in
            // SAFETY: the pieces are positions in this very text; the buffer is not kept.
            unsafe span.withUnsafeBytes { text in
                for (index, piece) in value.enumerated() {
                    if index > 0 { copy.append(UInt8(ascii: "\n")) }
                    unsafe copy.append(contentsOf: text[piece])
                }
            }
        }
        return copy
    }
}

/// Why a shared file could not be used. Never anything of its text.
package struct SharedFileFailure: Error, Sendable, Equatable {
    package let path: String
    /// From 1; nil when the file could not be read at all.
    package var line: Int?
    package let why: String

    package var description: String { line.map { "\(path), line \($0): \(why)" } ?? "\(path): \(why)" }
}

extension ProfileFile {
    /// The file's bytes in one unshared array; nil when there is no such file.
    private static func read(_ path: String) throws(SharedFileFailure) -> [UInt8]? {
        guard !path.utf8.contains(0) else { throw SharedFileFailure(path: "", why: "the path holds a NUL character") }
        // O_NONBLOCK: a FIFO that nobody writes to must not hold the process.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure(path, errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path, errno) }
        guard status.st_size <= maximumBytes else {
            throw SharedFileFailure(path: path, why: "the file is longer than \(maximumBytes) bytes")
        }
        return try read(descriptor, path: path, room: max(Int(status.st_size), 4096) + 1)
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
        // SAFETY: strerror's text is valid until the next call on this thread; it is copied at once.
        SharedFileFailure(path: path, why: unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)")
    }
}
