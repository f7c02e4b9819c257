package import CPlatform
internal import Glibc

/// Who is at the other end of a connection, as the kernel noted it when they called connect(2): SO_PEERCRED and
/// SO_PEERGROUPS, unix(7).
///
/// The uid and the groups are what policy stands on. The pid is for the record, and for finding the process: see
/// `PeerProcess`. A number that the broker's user namespace does not map reads as 65534.
package struct Peer: Sendable, Hashable {
    /// Supplementary groups that a peer may have; who has more is not served, for leaving some out could miss a deny.
    /// Linux allows 65,536, which a user with subordinate groups could make every connection hold; directories that have
    /// many to give stop at about a thousand.
    package static let groupsAtMost = 1_024

    package let uid: UInt32
    /// The primary group at connect(2).
    package let gid: UInt32
    /// 0 when the peer lives in a pid namespace that this process cannot see into.
    package let pid: Int32
    /// The supplementary groups at connect(2), in ascending order, each once.
    package let groups: [UInt32]

    package init(uid: UInt32, gid: UInt32, pid: Int32, groups: [UInt32] = []) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
        self.groups = Set(groups).sorted()
    }

    package init(_ credentials: broker_peer_credentials, groups: [UInt32] = []) {
        self.init(uid: credentials.uid, gid: credentials.gid, pid: credentials.pid, groups: groups)
    }

    /// Whether `gid` is the primary group, or one of the others.
    package func isMember(of gid: UInt32) -> Bool { self.gid == gid || groups.contains(gid) }
}

// MARK: - Asking the kernel

extension Peer {
    /// The peer of a connected Unix socket.
    package init(connection descriptor: CInt) throws(PeerFailure) {
        var credentials = broker_peer_credentials()
        // SAFETY: `credentials` lives for the call, which writes only into it.
        guard unsafe broker_peer_credentials(descriptor, &credentials) == 0 else {
            throw PeerFailure(option: "SO_PEERCRED", error: errno)
        }
        self.init(credentials, groups: try Self.groups(connection: descriptor))
    }

    /// The supplementary groups of the peer of a connected Unix socket.
    package static func groups(connection descriptor: CInt) throws(PeerFailure) -> [UInt32] {
        var groups = [UInt32](repeating: 0, count: groupsAtMost)
        // SAFETY: the pointer and the count are of one array that lives for the call.
        let count = unsafe groups.withUnsafeMutableBufferPointer { buffer in
            unsafe broker_peer_groups(descriptor, buffer.baseAddress, UInt32(buffer.count))
        }
        guard count >= 0 else { throw PeerFailure(option: "SO_PEERGROUPS", error: errno) }
        return Array(groups.prefix(Int(count)))
    }
}

/// Why the kernel does not say who a peer is.
package struct PeerFailure: Error, Equatable, CustomStringConvertible {
    /// The socket option that failed.
    package let option: String
    /// errno(3).
    package let error: CInt

    package init(option: String, error: CInt) {
        self.option = option
        self.error = error
    }

    package var description: String {
        error == ERANGE
            ? "the peer is in more than \(Peer.groupsAtMost) groups" : "\(option): \(SystemError(number: error))"
    }
}
