/// A path that a Unix socket can have: absolute, no NUL, short enough for `sun_path` with its end (107 bytes, unix(7)).
package struct SocketPath: Sendable, Hashable, CustomStringConvertible {
    package static let longest = 107

    package let path: String

    package init(_ path: String) throws(SocketFailure) {
        guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0) else { throw .notAbsolute(path) }
        guard path.utf8.count <= Self.longest else { throw .tooLong(path) }
        self.path = path
    }

    package var description: String { path }

    /// The folder that holds it.
    var folder: String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    /// Locked while a broker serves the path, so that none ever takes another's socket away.
    var lockFile: String { path + ".lock" }
}
