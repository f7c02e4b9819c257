internal import Glibc

/// Why a file cannot be the audit, or cannot be read as one.
package enum AuditFailure: Error, Sendable, Equatable {
    case notAFile(String)
    /// The file belongs to another user.
    case foreign(path: String, owner: UInt32)
    /// Others may write to the file.
    case writableByOthers(path: String, mode: UInt32)
    /// Another process writes to the file.
    case held(String)
    /// What the file ends in is no record.
    case noAudit(String)
    /// libcrypto has no SHA-256.
    case cryptography
    /// A system call failed: what was tried, and what the system said.
    case system(action: String, path: String, reason: String)

    static func lastError(_ action: String, _ path: String) -> AuditFailure {
        .system(action: action, path: path, reason: SystemError.text(errno))
    }
}

extension AuditFailure: CustomStringConvertible {
    /// What is wrong, and what to do.
    package var description: String {
        switch self {
        case .notAFile(let path): "audit file \(path) is no regular file"
        case .foreign(let path, let owner):
            "audit file \(path) belongs to uid \(owner): it must belong to the broker's own user"
        case .writableByOthers(let path, let mode):
            "audit file \(path) has mode \(String(mode, radix: 8)): others could write to it; chmod go-w \(path)"
        case .held(let path): "audit file \(path) is written by another process: two brokers need two files"
        case .noAudit(let path):
            "audit file \(path) does not end in an audit record: name another file, or move this one away"
        case .cryptography: "libcrypto has no SHA-256, which the audit's chain is made of"
        case .system(let action, let path, let reason): "cannot \(action) \(path): \(reason)"
        }
    }
}
