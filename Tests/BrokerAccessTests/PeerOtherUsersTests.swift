import BrokerAccess
import Foundation
import Testing

/// Who a peer is, asked of the kernel about real processes. Needs to be root: nobody else can become others.
@Suite struct PeerOtherUsersTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    @Test(
        arguments: [
            (41_000, 52_000, []), (41_000, 52_000, [52_002, 52_001, 52_000]), (0, 0, [1]),
            (65_534, 65_534, [4_000_000_000]),
        ] as [(UInt32, UInt32, [UInt32])])
    func `uid, gid, groups and pid are those of the process that connected`(uid: UInt32, gid: UInt32, groups: [UInt32])
        throws
    {
        let client = try RealClient(in: folder, uid: uid, gid: gid, groups: groups)
        let peer = try Peer(connection: client.connection)
        #expect(peer == Peer(uid: uid, gid: gid, pid: client.pid, groups: groups))
        #expect(peer.groups == groups.sorted())
    }

    @Test func `a supplementary group is as good as the primary one, and only a real one`() throws {
        let client = try RealClient(in: folder, uid: 41_000, gid: 52_000, groups: [52_001])
        let peer = try Peer(connection: client.connection)
        for (group, words) in [(52_000, "allow g"), (52_001, "allow g"), (41_000, "deny, nearest g lacks caller")] {
            #expect(decide([rule(who: [.group(UInt32(group))])], by: peer) == words)
        }
        #expect(decide([rule(), rule(.deny, "d", who: [.group(52_001)])], by: peer) == "deny by d")
    }

    @Test func `as many groups as are kept are read, and with one more nobody is served`() throws {
        let most = (0..<UInt32(Peer.groupsAtMost)).map { 100_000 + $0 }
        let client = try RealClient(in: folder, uid: 41_000, gid: 52_000, groups: most)
        #expect(try Peer(connection: client.connection).groups == most)
        let more = try RealClient(in: folder, uid: 41_000, gid: 52_000, groups: most + [99_999])
        #expect {
            _ = try Peer(connection: more.connection)
        } throws: { error in
            "\(error)" == "the peer is in more than 1024 groups"
        }
    }

    @Test func `what is no connection has no peer`() {
        #expect(throws: PeerFailure(option: "SO_PEERCRED", error: EBADF)) { _ = try Peer(connection: -1) }
        #expect(throws: PeerFailure(option: "SO_PEERGROUPS", error: EBADF)) { _ = try Peer.groups(connection: -1) }
    }
}
