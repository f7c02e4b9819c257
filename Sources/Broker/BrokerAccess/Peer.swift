package import CPlatform

/// Who is at the other end of a connection, as the kernel noted it when they called connect(2): SO_PEERCRED, unix(7).
///
/// The uid is what policy stands on. The pid is for the record only: a process may have handed its socket on, or be gone.
package struct Peer: Sendable, Hashable {
    package let uid: UInt32
    /// The primary group at connect(2).
    package let gid: UInt32
    /// 0 when the peer lives in a pid namespace that this process cannot see into.
    package let pid: Int32

    package init(uid: UInt32, gid: UInt32, pid: Int32) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
    }

    package init(_ credentials: broker_peer_credentials) {
        self.init(uid: credentials.uid, gid: credentials.gid, pid: credentials.pid)
    }
}
