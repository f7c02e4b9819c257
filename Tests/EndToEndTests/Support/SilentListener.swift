import Glibc

/// A socket at a path that takes connections and never says a word. Let go of, it leaves its path behind, stale.
final class SilentListener {
    let path: String
    private let descriptor: Int32
    /// The connection that was taken, open for as long as this is.
    private var held: Int32 = -1

    init(at path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un(path: path)
        // SAFETY: sockaddr_un is a sockaddr (sockaddr(3type)), used within the call only.
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(descriptor, 16) == 0 else { throw HarnessFailure.system("listen at \(path)") }
    }

    deinit {
        close(descriptor)
        if held >= 0 { close(held) }
    }

    /// Takes the next connection and reads a line of it, without a word; whether one came in twenty seconds.
    func takesLine() -> Bool {
        limitWaiting(of: descriptor)
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return false }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        held = connection
        limitWaiting(of: connection)
        var byte: UInt8 = 0
        // SAFETY: recv(2) writes at most one byte, into a variable that lives for the call.
        while unsafe recv(connection, &byte, 1, 0) == 1 { if byte == UInt8(ascii: "\n") { return true } }
        return false
    }

    /// Of accept(2) and recv(2): socket(7), SO_RCVTIMEO.
    private func limitWaiting(of descriptor: Int32) {
        var time = timeval(tv_sec: 20, tv_usec: 0)
        // SAFETY: setsockopt(2) reads one timeval, which lives for the call.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }
}

extension sockaddr_un {
    /// A path beyond 107 bytes is cut, and so leads nowhere.
    init(path: String) {
        self.init()
        sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        // SAFETY: `prefix` keeps the copy, and the NUL after it, within sun_path.
        unsafe withUnsafeMutableBytes(of: &sun_path) { unsafe $0.copyBytes(from: bytes.prefix($0.count - 1)) }
    }
}
