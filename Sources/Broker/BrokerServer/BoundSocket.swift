internal import CPlatform
internal import Glibc

/// The broker's socket, bound but not yet listening: nobody can have connected before everything about it is right.
///
/// The mode is set on the descriptor before bind(2), so that the path never exists with another one (SCARS 6). A lock file
/// beside it is held for as long as the broker lives: what is found at the path under that lock is left over, unless
/// something answers there (SCARS 13).
package struct BoundSocket: Sendable {
    package struct Access: Sendable, Equatable {
        /// Permission bits of the socket: who may connect(2) has to have write permission (unix(7)).
        package let mode: UInt32
        /// The socket's group; nil leaves the process's own.
        package let group: UInt32?

        package init(mode: UInt32, group: UInt32?) {
            self.mode = mode
            self.group = group
        }
    }

    package let path: SocketPath
    let descriptor: CInt
    private let lock: CInt
    private let identity: FileIdentity

    /// Checks or makes the folder, takes the lock, clears away what a dead broker left, binds.
    package init(at path: SocketPath, access: Access) throws(SocketFailure) {
        try SocketFolder(of: path).prepare()
        let lock = try SocketLock.take(for: path)
        do throws(SocketFailure) {
            try Self.clearLeftOver(at: path)
            descriptor = try Self.bind(path, access)
            identity = try FileIdentity(of: path.path)
        } catch {
            SocketLock.release(lock, for: path)
            throw error
        }
        self.path = path
        self.lock = lock
    }

    /// Removes the path if it still is this very socket, so that nobody new comes. Connections that stand are untouched.
    package func removePath() {
        if (try? FileIdentity(of: path.path)) == identity {
            // SAFETY: here and below, a String given as a C string lives for the call.
            _ = unsafe unlink(path.path)
        }
    }

    /// Lets the next broker have the path.
    package func release() {
        removePath()
        SocketLock.release(lock, for: path)
    }
}

extension BoundSocket {
    private static func clearLeftOver(at path: SocketPath) throws(SocketFailure) {
        var status = stat()
        // SAFETY: `status` lives for the call, which writes only into it.
        guard unsafe lstat(path.path, &status) == 0 else {
            guard errno == ENOENT else { throw .lastError("look at", path.path) }
            return
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path.path) }
        guard status.st_uid == geteuid() || geteuid() == 0 else {
            throw .foreignSocket(path: path.path, owner: status.st_uid)
        }
        if let pid = try processListening(at: path) { throw .held(path: path.path, pid: pid > 0 ? pid : nil) }
        guard unsafe unlink(path.path) == 0 else { throw .lastError("remove the left-over socket", path.path) }
    }

    /// The pid of who answers at the path, 0 when it cannot be known; nil when nobody does.
    private static func processListening(at path: SocketPath) throws(SocketFailure) -> Int32? {
        let probe = try open(path)
        defer { _ = close(probe) }
        var address = SocketAddressBytes(path)
        guard address.connect(probe) == 0 else {
            // Only a refusal proves that nobody is there: with EAGAIN somebody listens and has too many waiting, with
            // EPROTOTYPE somebody serves another kind of socket.
            return errno == ECONNREFUSED ? nil : 0
        }
        var credentials = broker_peer_credentials()
        // SAFETY: `credentials` lives for the call, which writes only into it.
        return unsafe broker_peer_credentials(probe, &credentials) == 0 ? credentials.pid : 0
    }

    private static func bind(_ path: SocketPath, _ access: Access) throws(SocketFailure) -> CInt {
        let descriptor = try open(path)
        do throws(SocketFailure) {
            guard fchmod(descriptor, access.mode) == 0 else { throw .lastError("set the mode of", path.path) }
            var address = SocketAddressBytes(path)
            // bind(2) gives the path the descriptor's mode less the umask.
            let mask = umask(0)
            let bound = address.bind(descriptor)
            let bindError = errno
            umask(mask)
            guard bound == 0 else { throw .system(action: "bind", path: path.path, reason: errorText(bindError)) }
            // Nobody can connect before listen(2), so the group is right in time.
            if let group = access.group, unsafe lchown(path.path, uid_t.max, group) != 0 {
                let failure = SocketFailure.lastError("give to group \(group)", path.path)
                _ = unsafe unlink(path.path)
                throw failure
            }
            return descriptor
        } catch {
            _ = close(descriptor)
            throw error
        }
    }

    private static func open(_ path: SocketPath) throws(SocketFailure) -> CInt {
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw .lastError("make a socket for", path.path) }
        return descriptor
    }
}
