import Foundation
import Synchronization

/// A folder of one test's own, mode 0755, gone when nobody holds it any more.
final class Workplace: Sendable {
    let path: String
    private let counter = Mutex(0)

    init() throws { path = try TemporaryFolders.make("test") }

    deinit { TemporaryFolders.remove(path) }

    /// Writes a file with exactly this mode, belonging to `uid` if one is given.
    @discardableResult
    func write(_ name: String, _ text: String, mode: mode_t = 0o644, uid: UInt32? = nil) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        var attributes: [FileAttributeKey: Any] = [.posixPermissions: Int(mode)]
        if let uid { attributes.merge([.ownerAccountID: uid, .groupOwnerAccountID: uid]) { $1 } }
        try FileManager.default.setAttributes(attributes, ofItemAtPath: file)
        return file
    }

    /// Makes a folder with exactly this mode, belonging to `uid` if one is given.
    @discardableResult
    func makeFolder(_ name: String, mode: mode_t = 0o755, uid: UInt32? = nil) throws -> String {
        let folder = "\(path)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var attributes: [FileAttributeKey: Any] = [.posixPermissions: Int(mode)]
        if let uid { attributes.merge([.ownerAccountID: uid, .groupOwnerAccountID: uid]) { $1 } }
        try FileManager.default.setAttributes(attributes, ofItemAtPath: folder)
        return folder
    }

    /// Copies a program to where every user may run it, by install(1): one that this process had open for writing while it
    /// forks could not be run (ETXTBSY, execve(2)).
    func copyProgram(_ program: String, as name: String) throws -> String {
        let copy = "\(path)/\(name)"
        let copied = try ChildProcess.run("/usr/bin/install", ["-m", "755", program, copy])
        guard copied.status == 0 else { throw HarnessFailure("\(copied)") }
        return copy
    }

    /// A name that no other call gives.
    func uniqueName(_ stem: String) -> String {
        "\(stem)\(counter.withLock { $0 += 1; return $0 })"
    }
}
