internal import Glibc

/// The socket on which the scripted broker listens.
final class Listener {
    private let path: String
    private(set) var descriptor: Int32
    /// Connections of its own that fill the backlog.
    private var fillers: [Int32] = []

    private static let backlog: Int32 = 64

    init(at path: String) throws {
        self.path = path
        descriptor = try Self.listening(at: path)
    }

    var isFull: Bool { !fillers.isEmpty }

    /// The next connection, if there is one now.
    func accept() -> Peer? {
        guard descriptor >= 0, !isFull else { return nil }
        let accepted = Glibc.accept(descriptor, nil, nil)
        return accepted >= 0 ? Peer(accepted) : nil
    }

    /// A new listener takes the socket's place; only then the old one ends, so that nobody finds none.
    func replace() throws {
        let successor = try Self.listening(at: path + ".new")
        // SAFETY: rename(2) reads two paths, which live for the call.
        guard unsafe rename(path + ".new", path) == 0 else { throw Wrong("cannot rename the new socket") }
        if descriptor >= 0 { close(descriptor) }
        descriptor = successor
    }

    func stop(removing: Bool) {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        // SAFETY: unlink(2) reads the path, which lives for the call.
        if removing { unsafe unlink(path) }
    }

    /// Fills the backlog, and leaves it full.
    func fill() throws {
        listen(descriptor, 0)
        while true {
            let filler = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            guard filler >= 0 else { throw Wrong("socket: errno \(errno)") }
            fillers.append(filler)
            guard try unsafe Self.withAddress(path, { unsafe connect(filler, $0, $1) }) == 0 else { return }
        }
    }

    private static func listening(at path: String) throws -> Int32 {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, try unsafe withAddress(path, { unsafe bind(descriptor, $0, $1) }) == 0,
            listen(descriptor, backlog) == 0
        else { throw Wrong("cannot listen at \(path): errno \(errno)") }
        // Whoever is to be kept out is kept out by the folder.
        // SAFETY: chmod(2) reads the path, which lives for the call.
        unsafe chmod(path, 0o666)
        return descriptor
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Wrong("too long: \(path)") }
        // SAFETY: the path is shorter than the field, which is zero beyond it; the address lives for the call.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in unsafe field.copyBytes(from: path.utf8) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe body(rebound, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
