internal import Glibc

/// What stat(2) says of some files, to see whether they have changed: device, inode, length and the times of the last
/// change. A file that is not there has a stamp too.
package struct FileStamps: Sendable, Equatable {
    private var stamps: [String: Stamp] = [:]

    package init() {}

    /// The stamps of these files as they are now; nil stands for a path that nobody knows.
    package init(of paths: [String?]) {
        for path in paths { stamps[path ?? ""] = path.map { Stamp($0) } ?? Stamp() }
    }

    package static func + (left: FileStamps, right: FileStamps) -> FileStamps {
        var sum = left
        sum.stamps.merge(right.stamps) { $1 }
        return sum
    }

    /// The stamps of files that `later` knows and this does not: of those that were found while the others were read.
    mutating func learn(from later: FileStamps) { stamps.merge(later.stamps) { known, _ in known } }

    static func isThere(_ path: String) -> Bool { Stamp(path) != Stamp() }

    private struct Stamp: Sendable, Equatable {
        private var device: UInt64 = 0
        private var inode: UInt64 = 0
        private var length: Int64 = -1
        private var modified = SIMD2(0, 0)
        private var changed = SIMD2(0, 0)

        init() {}

        init(_ path: String) {
            var status = stat()
            // SAFETY: `path` lends a NUL-terminated copy, and `status` lives for the call.
            guard unsafe stat(path, &status) == 0 else { return }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            length = Int64(status.st_size)
            modified = SIMD2(status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
            changed = SIMD2(status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
        }
    }
}
