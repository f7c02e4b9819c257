import BrokerAccess
import Foundation
import Testing

/// What a process runs, and when nothing is known of it. Needs to be root, who may look at every process.
@Suite struct PeerProcessOtherUsersTests {
    private let folder: Folder
    private static let python = realPath("/usr/bin/python3")
    private static let cat = realPath("/usr/bin/cat")

    init() throws { folder = try Folder() }

    private static func realPath(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    private func facts(_ sight: ProcessSight) throws -> ProcessFacts {
        guard case .alive(let facts) = sight else {
            Issue.record("\(sight)")
            throw CancellationError()
        }
        return facts
    }

    @Test(arguments: [0, 41_000])
    func `the program is the one that runs, by the kernel's path`(uid: UInt32) throws {
        let client = try RealClient(in: folder, uid: uid)
        let process = PeerProcess(connection: client.connection, pid: client.pid)
        for _ in 0..<2 {
            let facts = try facts(process.look())
            #expect(facts.executable == Self.python)
            #expect(facts.executableDoubt == nil)
            #expect(facts.unitDoubt == nil)
        }
    }

    @Test func `a process that executes another program counts as that one from then on`() throws {
        let client = try RealClient(in: folder)
        let process = PeerProcess(connection: client.connection, pid: client.pid)
        let grant = [rule(executables: [Self.python])]
        #expect(decide(grant, from: process.look()) == "allow g")
        try client.become(Self.cat)
        #expect(decide(grant, from: process.look()) == "deny, nearest g lacks executable")
        #expect(try facts(process.look()).executable == Self.cat)
    }

    @Test func `a process that has ended is nothing any more`() throws {
        let client = try RealClient(in: folder)
        let seen = PeerProcess(connection: client.connection, pid: client.pid)
        let unseen = PeerProcess(connection: client.connection, pid: client.pid)
        _ = try facts(seen.look())
        try client.end()
        for process in [seen, unseen] { #expect(process.look() == .ended) }
        #expect(PeerProcess(connection: client.connection, pid: client.pid).look() == .ended)
    }

    @Test func `a process that ended before it was accepted is nothing`() throws {
        let client = try RealClient(in: folder, beforeAccept: { try $0.end() })
        let peer = try Peer(connection: client.connection)
        #expect(peer.pid == client.pid)
        #expect(PeerProcess(connection: client.connection, pid: peer.pid).look() == .ended)
    }

    /// The pid of the peer is here that of a process that lives: as if it had been given away again.
    @Test func `whoever has the number of a process that ended is not taken for it`() throws {
        let client = try RealClient(in: folder)
        let seen = PeerProcess(connection: client.connection, pid: getpid())
        try client.end()
        #expect(seen.look() == .ended)
        #expect(PeerProcess(connection: client.connection, pid: getpid()).look() == .ended)
    }

    @Test func `a connection that is handed on stays its opener's, and loses the process with them`() throws {
        let client = try RealClient(in: folder, uid: 0, gid: 0, groups: [52_001])
        let peer = try Peer(connection: client.connection)
        let process = PeerProcess(connection: client.connection, pid: peer.pid)
        _ = try facts(process.look())
        try client.tell("hand-on 41000 52000")
        var bytes = [UInt8](repeating: 0, count: 16)
        // SAFETY: what is written to is as long as said.
        let count = unsafe read(client.connection, &bytes, 16)
        #expect(String(decoding: bytes.prefix(count), as: UTF8.self) == "the child")
        client.waitUntilEnded()
        #expect(try Peer(connection: client.connection) == peer)
        #expect(process.look() == .ended)
        #expect(
            decide([rule(executables: ["*"])], by: peer, from: process.look()) == "deny, nearest g lacks executable")
        #expect(decide([rule()], by: peer, from: process.look()) == "allow g")
    }

    @Test func `a program whose file has been replaced is shown, and relied on no more`() throws {
        let program = try folder.copy(Self.cat, as: "program")
        let client = try RealClient(in: folder)
        try client.become(program)
        let process = PeerProcess(connection: client.connection, pid: client.pid)
        try FileManager.default.removeItem(atPath: program)
        let facts = try facts(process.look())
        #expect(facts.executable == "\(program) (deleted)")
        #expect(facts.executableDoubt == "its file has been replaced or removed")
        let grant = rule(executables: ["\(folder.path)/*"])
        #expect(decide([grant], from: .alive(facts)) == "deny, nearest g lacks executable")
    }

    @Test func `another file by the same path in another mount namespace is not that program`() throws {
        let program = try folder.copy(Self.python, as: "program")
        let client = try RealClient(in: folder)
        let cover = try folder.copy(Self.cat, as: "cover")
        let script = folder.path + "/script"
        try Data("mount --bind \(cover) \(program) && exec \(program)".utf8).write(to: URL(fileURLWithPath: script))
        try client.become(program, by: "/usr/bin/unshare --mount /bin/sh \(script)")
        let facts = try facts(PeerProcess(connection: client.connection, pid: client.pid).look())
        #expect(facts.executable == "\(program) (elsewhere)")
        #expect(facts.executableDoubt == "its path leads to another file from here")
    }

    @Test func `a process in a pid namespace out of sight is hidden, and so is one without a connection`() throws {
        let client = try RealClient(in: folder)
        let reason = "it lives in a pid namespace that the broker cannot see into"
        #expect(PeerProcess(connection: client.connection, pid: 0).look() == .hidden(reason))
        #expect(PeerProcess(connection: -1, pid: 1).look() == .hidden("SO_PEERPIDFD: Bad file descriptor"))
    }
}
