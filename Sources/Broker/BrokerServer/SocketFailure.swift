/// Why the broker cannot listen where it was told to.
package enum SocketFailure: Error, Sendable, Equatable {
    case notAbsolute(String)
    case tooLong(String)
    /// Another process serves this path; its pid where it could be learned.
    case held(path: String, pid: Int32?)
    case notASocket(String)
    case foreignSocket(path: String, owner: UInt32)
    case folderNotOurs(folder: String, owner: UInt32)
    case folderWritableByOthers(folder: String, mode: UInt32)
    case notAFolder(String)
    /// A system call failed: what was tried, and what the system said.
    case system(action: String, path: String, reason: String)
}

extension SocketFailure: CustomStringConvertible {
    /// What is wrong, and what to do.
    package var description: String {
        switch self {
        case .notAbsolute(let path): "socket \(path): the path must be absolute and name a file"
        case .tooLong(let path):
            "socket \(path): a socket's path has at most \(SocketPath.longest) bytes; choose a shorter one"
        case .held(let path, let pid):
            "socket \(path) is held by \(pid.map { "process \($0)" } ?? "another process"): "
                + "stop that broker first, or give this one another path with --socket"
        case .notASocket(let path): "\(path) exists and is no socket: remove it, or choose another path with --socket"
        case .foreignSocket(let path, let owner):
            "\(path) is a socket of uid \(owner): it is not this broker's to remove"
        case .folderNotOurs(let folder, let owner):
            "folder \(folder) belongs to uid \(owner): it must belong to root or to the broker's own user"
        case .folderWritableByOthers(let folder, let mode):
            "folder \(folder) has mode \(String(mode, radix: 8)): others could replace the socket; "
                + "chmod go-w \(folder), or use a folder of the broker's own"
        case .notAFolder(let folder): "\(folder) is no folder"
        case .system(let action, let path, let reason): "cannot \(action) \(path): \(reason)"
        }
    }
}
