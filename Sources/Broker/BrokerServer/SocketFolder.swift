internal import Glibc

/// The folder of the socket. Whoever may write to it may put another socket in its place, so it has to be ours.
struct SocketFolder {
    private let path: String

    init(of socket: SocketPath) { path = socket.folder }

    /// Makes the folder with mode 0755 when it is missing (its parents must be there), and checks its owner and mode.
    func prepare() throws(SocketFailure) {
        // SAFETY: here and below, a String given as a C string lives for the call.
        if unsafe mkdir(path, 0o755) == 0 {
            // The umask may have taken from it; nobody else can have put anything into it that matters yet.
            guard unsafe chmod(path, 0o755) == 0 else { throw .lastError("set the mode of", path) }
        } else if errno != EEXIST {
            throw .lastError("make the folder", path)
        }
        var status = stat()
        // SAFETY: `status` lives for the call, which writes only into it.
        guard unsafe stat(path, &status) == 0 else { throw .lastError("look at", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .notAFolder(path) }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .folderNotOurs(folder: path, owner: status.st_uid)
        }
        guard status.st_mode & 0o022 == 0 else {
            throw .folderWritableByOthers(folder: path, mode: status.st_mode & 0o7777)
        }
    }
}

/// Which file a path names: device and inode.
struct FileIdentity: Sendable, Equatable {
    private let device: dev_t
    private let inode: ino_t

    init(of path: String) throws(SocketFailure) {
        var status = stat()
        // SAFETY: as above.
        guard unsafe lstat(path, &status) == 0 else { throw .lastError("look at", path) }
        (device, inode) = (status.st_dev, status.st_ino)
    }

    init?(of descriptor: CInt) {
        var status = stat()
        // SAFETY: as above.
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        (device, inode) = (status.st_dev, status.st_ino)
    }
}

func errorText(_ number: CInt) -> String {
    // SAFETY: strerror(3) answers a valid C string for every number; it is copied at once.
    unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
}

extension SocketFailure {
    static func lastError(_ action: String, _ path: String) -> SocketFailure {
        .system(action: action, path: path, reason: errorText(errno))
    }
}
