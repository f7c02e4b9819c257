import Foundation
import Testing

@testable import BrokerServer

@Suite final class BoundSocketTests {
    private let root = FileManager.default.temporaryDirectory.appendingPathComponent(
        "b\(UInt32.random(in: 0 ... .max))")
    private var folder: String { root.appendingPathComponent("run").path }
    private var socket: String { folder + "/broker.sock" }
    private let files = FileManager.default

    init() throws {
        try files.createDirectory(at: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }
    deinit { try? FileManager.default.removeItem(at: root) }

    private func bind(mode: UInt32 = 0o600, group: UInt32? = nil) throws -> BoundSocket {
        try BoundSocket(at: SocketPath(socket), access: .init(mode: mode, group: group))
    }

    private func mode(of path: String) throws -> Int? {
        try files.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func makeFolder(mode: Int = 0o755) throws {
        try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try files.setAttributes([.posixPermissions: mode], ofItemAtPath: folder)
    }

    /// SCARS 6.
    @Test(arguments: [0o600, 0o660, 0o666] as [UInt32])
    func `the socket has the mode it was asked for, whatever the umask`(wanted: UInt32) throws {
        let bound = try bind(mode: wanted)
        defer { bound.release() }
        #expect(try mode(of: socket) == Int(wanted))
        #expect(try mode(of: folder) == 0o755)
        #expect(try mode(of: socket + ".lock") == 0o600)
    }

    @Test func `nobody can connect before the broker listens`() throws {
        let bound = try bind()
        defer { bound.release() }
        let client = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        var address = SocketAddressBytes(try SocketPath(socket))
        #expect(address.connect(client) == -1)
        #expect(errno == ECONNREFUSED)
    }

    @Test func `releasing removes the socket and its lock, and the path can be had again`() throws {
        try bind().release()
        #expect(try files.contentsOfDirectory(atPath: folder).isEmpty)
        try bind().release()
    }

    @Test func `a second broker on the path is told who holds it and takes nothing away`() throws {
        let bound = try bind()
        defer { bound.release() }
        #expect(throws: SocketFailure.held(path: socket, pid: getpid())) { _ = try bind() }
        #expect(files.fileExists(atPath: socket))
    }

    /// SCARS 13: as after kill -9, when the kernel has let go of the lock and the path is still there.
    @Test func `a socket that a dead broker left is cleared away`() throws {
        try makeFolder()
        let dead = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = SocketAddressBytes(try SocketPath(socket))
        #expect(address.bind(dead) == 0)
        close(dead)
        try Data("4242\n".utf8).write(to: URL(fileURLWithPath: socket + ".lock"))
        try bind().release()
    }

    @Test func `a socket that somebody answers on is left alone, lock or no lock`() throws {
        try makeFolder()
        let living = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(living) }
        var address = SocketAddressBytes(try SocketPath(socket))
        #expect(address.bind(living) == 0)
        #expect(listen(living, 1) == 0)
        #expect(throws: SocketFailure.held(path: socket, pid: getpid())) { _ = try bind() }
        #expect(files.fileExists(atPath: socket))
        #expect(!files.fileExists(atPath: socket + ".lock"), "a lock that was taken in vain is given back")
    }

    @Test func `what is no socket is left alone`() throws {
        try makeFolder()
        try Data("precious".utf8).write(to: URL(fileURLWithPath: socket))
        #expect(throws: SocketFailure.notASocket(socket)) { _ = try bind() }
        #expect(try String(contentsOfFile: socket, encoding: .utf8) == "precious")
        try files.removeItem(atPath: socket)
        try files.createSymbolicLink(atPath: socket, withDestinationPath: "/etc/passwd")
        #expect(throws: SocketFailure.notASocket(socket)) { _ = try bind() }
    }

    @Test func `a path that has become another's is not removed`() throws {
        let bound = try bind()
        try files.removeItem(atPath: socket)
        try Data("another's".utf8).write(to: URL(fileURLWithPath: socket))
        bound.removePath()
        #expect(files.fileExists(atPath: socket))
        bound.release()
        #expect(files.fileExists(atPath: socket))
    }

    @Test(arguments: [0o775, 0o757, 0o777, 0o1777])
    func `a folder that others may write to is refused`(mode: Int) throws {
        try makeFolder(mode: mode)
        #expect(throws: SocketFailure.folderWritableByOthers(folder: folder, mode: UInt32(mode))) { _ = try bind() }
        #expect(try files.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func `a folder that is none, or whose parent is missing, is refused`() throws {
        try Data().write(to: URL(fileURLWithPath: folder))
        #expect(throws: SocketFailure.notAFolder(folder)) { _ = try bind() }
        #expect(throws: SocketFailure.self) {
            _ = try BoundSocket(at: SocketPath(root.path + "/a/b/c.sock"), access: .init(mode: 0o600, group: nil))
        }
    }

    @Test func `a lock that is a link is not followed`() throws {
        try makeFolder()
        let target = root.appendingPathComponent("target").path
        try files.createSymbolicLink(atPath: socket + ".lock", withDestinationPath: target)
        #expect(throws: SocketFailure.self) { _ = try bind() }
        #expect(!files.fileExists(atPath: target))
    }
}
