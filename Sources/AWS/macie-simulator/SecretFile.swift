import Glibc
import Secrets

/// A file with a secret access key on its first line and, if the key has one, a session token on its second.
enum SecretFile {
    enum Failure: Error, CustomStringConvertible {
        case unreadable(path: String, why: String)
        case noSecret(path: String)

        var description: String {
            switch self {
            case .unreadable(let path, let why): "\(path) cannot be read: \(why)"
            case .noSecret(let path): "\(path) does not begin with a secret access key"
            }
        }
    }

    /// What is read of a file, in bytes: more than any key and token.
    private static let maximumBytes = 16 * 1024

    /// The key pair whose secret is in the file `path`; "-" is standard input.
    static func credential(accessKeyID: String, path: String) throws(Failure) -> Credential {
        var bytes = try contents(of: path)
        let end = bytes.firstIndex(of: newline) ?? bytes.count
        let secondLine = bytes[end...].dropFirst().prefix { $0 != newline }
        let token = secret(in: bytes, at: secondLine.startIndex..<secondLine.endIndex)
        let key = secret(in: bytes, at: 0..<end)
        _ = SecretBytes(takingAndWiping: &bytes)
        guard let key else { throw .noSecret(path: path) }
        return Credential(accessKeyID: accessKeyID, secretAccessKey: key, sessionToken: token)
    }

    private static let newline = UInt8(ascii: "\n")

    private static func secret(in bytes: [UInt8], at range: Range<Int>) -> SecretBytes? {
        // SAFETY: bytes have no padding.
        range.isEmpty ? nil : unsafe SecretBytes(copying: bytes.span.extracting(range).bytes)
    }

    private static func contents(of path: String) throws(Failure) -> [UInt8] {
        // SAFETY: `path` lends a NUL-terminated copy for the length of the call.
        let file = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(path: path, why: reason()) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: maximumBytes)
        var count = 0
        while count < maximumBytes {
            // SAFETY: at most `maximumBytes - count` bytes are written, which is what lies behind `count`.
            let received = unsafe bytes.withUnsafeMutableBytes {
                unsafe read(file, $0.baseAddress?.advanced(by: count), maximumBytes - count)
            }
            guard received >= 0 else { throw .unreadable(path: path, why: reason()) }
            guard received > 0 else { break }
            count += received
        }
        bytes.removeLast(maximumBytes - count)
        return bytes
    }

    private static func reason() -> String {
        // SAFETY: strerror's text is valid until the next call in this thread, and is copied before it.
        unsafe String(cString: strerror(errno))
    }
}
