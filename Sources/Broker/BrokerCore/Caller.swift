package import BrokerAccess
package import BrokerAudit

/// Who asks, over which connection, with how much in flight already. One for each connection, on the broker's event loop.
package final class Caller {
    /// The number of the connection since the broker started.
    package let connection: UInt64
    package let peer: Peer
    package let share: UserShare
    /// What the rules in force say of this peer; a reload replaces it.
    package internal(set) var rights: Rights
    /// What all records of this connection have in common.
    package internal(set) var origin: RecordOrigin
    /// Requests of this connection that wait for AWS.
    package internal(set) var inFlight = 0

    init(connection: UInt64, peer: Peer, share: UserShare, rights: Rights) {
        self.connection = connection
        self.peer = peer
        self.share = share
        self.rights = rights
        origin = RecordOrigin(peer: peer, connection: connection)
    }
}
