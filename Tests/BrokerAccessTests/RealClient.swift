import Foundation
import Testing

/// A process of its own that has connected to a socket of the test, and does what it is told on its standard input.
///
/// It is Python until it executes something else. Nothing here waits by the clock: what it did it has said.
final class RealClient {
    let pid: pid_t
    /// The test's end of its connection.
    private(set) var connection: Int32 = -1
    /// Its standard input and output are the other end of this.
    private let talk: Int32
    private var hasEnded = false

    private static let script = """
        import os, socket, sys
        link = socket.socket(socket.AF_UNIX)
        link.connect(sys.argv[1])
        os.set_inheritable(link.fileno(), True)
        os.write(1, b"connected\\n")
        while True:
            # What comes after an order is for the next program: nothing is read ahead.
            line = os.read(0, 1)
            while line and line[-1:] != b"\\n":
                line += os.read(0, 1)
            order = line.decode().rstrip().split(" ")
            if order[0] == "exec":
                os.execv(order[1], order[1:])
            elif order[0] == "hand-on" and os.fork() != 0:
                os._exit(0)
            elif order[0] == "hand-on":
                os.setgid(int(order[2]))
                os.setuid(int(order[1]))
                link.send(b"the child")
                os.read(link.fileno(), 1)
                os._exit(0)
            else:
                os._exit(0)
        """

    /// Connects as the given user, to the folder's socket; `beforeAccept` is run before the connection is accepted.
    init(
        in folder: Folder, uid: UInt32 = 0, gid: UInt32 = 0, groups: [UInt32] = [],
        beforeAccept: (RealClient) throws -> Void = { _ in }
    ) throws {
        let listener = try folder.listen()
        defer { close(listener) }
        let list = groups.map(String.init).joined(separator: ",")
        let words = [
            "/usr/bin/setpriv", "--reuid=\(uid)", "--regid=\(gid)",
            groups.isEmpty ? "--clear-groups" : "--groups=\(list)", "--", "/usr/bin/python3", "-c", Self.script,
            folder.socket,
        ]
        (pid, talk) = try Self.spawn(words)
        try #require(hear() == "connected\n")
        try beforeAccept(self)
        // No address is asked for.
        connection = accept(listener, nil, nil)
        try #require(connection >= 0)
    }

    deinit {
        if !hasEnded {
            kill(pid, SIGKILL)
            waitUntilEnded()
        }
        close(connection)
        close(talk)
    }

    func tell(_ order: String) throws {
        let bytes = Array("\(order)\n".utf8)
        // SAFETY: what is sent is as long as said.
        try #require(unsafe send(talk, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    /// The line it says next; less than a line once it has ended.
    func hear() -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        // SAFETY: one byte, which lives for the call.
        while line.last != UInt8(ascii: "\n"), unsafe read(talk, &byte, 1) == 1 { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    /// Has it execute cat(1), or a copy of it, and comes back when that runs.
    func become(_ cat: String, by words: String? = nil) throws {
        try tell("exec \(words ?? cat)")
        try tell("are you there?")
        try #require(hear() == "are you there?\n")
    }

    /// Ends it, and comes back when nothing is left of it.
    func end() throws {
        try tell("end")
        waitUntilEnded()
    }

    func waitUntilEnded() {
        var status: Int32 = 0
        // SAFETY: waitpid(2) writes one number, which lives for the call.
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        hasEnded = true
    }

    /// Starts a program that talks to the test by a socket, of which no other child inherits an end.
    private static func spawn(_ words: [String]) throws -> (pid: pid_t, talk: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        // SAFETY: socketpair(2) writes two numbers, and the array has two. The actions are initialised before use and
        // destroyed after it; the C strings are freed after posix_spawn(3) has copied them, and both arrays end with null.
        try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
        defer { close(ends[1]) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO] {
            unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], descriptor)
        }
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var variables = unsafe [strdup("PATH=/usr/bin:/bin:/usr/sbin:/sbin")] + [nil]
        defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let result = unsafe posix_spawn(&pid, words[0], &actions, nil, &arguments, &variables)
        try #require(result == 0)
        return (pid, ends[0])
    }
}

/// A folder of the test's own, with room for one socket.
final class Folder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("access-\(UUID().uuidString)").path
    var socket: String { path + "/s" }

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // Other users connect too.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func listen() throws -> Int32 {
        // SAFETY: here and below, a String given as a C string lives for the call.
        unsafe unlink(socket)
        let listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(listener >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        try #require(socket.utf8.count < 108)
        // SAFETY: the path is shorter than what it is copied into, which was zero.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: socket.utf8) }
        // SAFETY: a sockaddr_un is passed with its own size, and lives for the call.
        let bound = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(unsafe bound == 0 && chmod(socket, 0o666) == 0 && Glibc.listen(listener, 1) == 0)
        return listener
    }

    /// A copy of a program, by this name.
    func copy(_ program: String, as name: String) throws -> String {
        let copy = path + "/" + name
        try FileManager.default.copyItem(atPath: program, toPath: copy)
        return copy
    }
}
