internal import Glibc

/// A regular file of our own, open and locked: this process alone appends to it, until this value is let go.
final class AppendedFile {
    let descriptor: CInt
    let identity: Identity

    /// Which file a path names: device and inode.
    struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t

        init(_ status: stat) {
            device = status.st_dev
            inode = status.st_ino
        }

        /// The file itself, not what a link points at. nil, with errno set, when there is none.
        init?(of path: String) {
            var status = stat()
            // SAFETY: `status` lives for the call, which writes only into it; a String given as a C string too.
            guard unsafe lstat(path, &status) == 0 else { return nil }
            self.init(status)
        }
    }

    /// Opens the file, and makes it (mode 0600) when there is none. Of one that has to be new it is a failure to be there.
    static func open(_ path: String, isNew: Bool = false) throws(AuditFailure) -> AppendedFile {
        // Not to wait for the other end, should it be a FIFO.
        let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (isNew ? O_EXCL : 0)
        // SAFETY: a String given as a C string lives for the call.
        let descriptor = unsafe Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw .lastError("open the audit file", path) }
        do throws(AuditFailure) {
            return AppendedFile(descriptor, try lock(descriptor, path))
        } catch {
            _ = close(descriptor)
            throw error
        }
    }

    private init(_ descriptor: CInt, _ identity: Identity) {
        self.descriptor = descriptor
        self.identity = identity
    }

    /// Checks that the file is fit to be the audit, and locks it.
    private static func lock(_ descriptor: CInt, _ path: String) throws(AuditFailure) -> Identity {
        guard let status = status(of: descriptor) else { throw .lastError("look at", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path) }
        guard status.st_uid == geteuid() else { throw .foreign(path: path, owner: status.st_uid) }
        guard status.st_mode & 0o022 == 0 else {
            throw .writableByOthers(path: path, mode: status.st_mode & 0o7777)
        }
        // The kernel lets go of the lock with its holder, however that ends: flock(2). Whoever held it may have moved the
        // file away a moment ago.
        let identity = Identity(status)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, Identity(of: path) == identity else { throw .held(path) }
        return identity
    }

    deinit { _ = Glibc.close(descriptor) }

    /// Its length in bytes, and in how many folders it has a name: 0 once it is removed. nil, with errno set, on failure.
    var state: (size: Int, links: UInt)? {
        Self.status(of: descriptor).map { (Int($0.st_size), UInt($0.st_nlink)) }
    }

    /// Cuts the file off after `size` bytes.
    func cut(to size: Int) -> Bool { ftruncate(descriptor, off_t(size)) == 0 }

    /// The name by which the file is found now, without its folder; nil when the kernel does not tell.
    var currentName: String? {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        // SAFETY: the link's text is read into `text`, and no more than it holds.
        let count = unsafe readlink("/proc/self/fd/\(descriptor)", &text, text.count)
        guard count > 0 else { return nil }
        let path = String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").last.map(String.init)
    }

    private static func status(of descriptor: CInt) -> stat? {
        var status = stat()
        // SAFETY: `status` lives for the call, which writes only into it.
        return unsafe fstat(descriptor, &status) == 0 ? status : nil
    }
}
