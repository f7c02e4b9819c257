package import BrokerAccess
package import BrokerAudit

/// Who asks, over which connection, with how much in flight already.
package struct Caller: Sendable {
    package let origin: RecordOrigin
    package let rights: Rights
    /// Requests of this connection that wait for AWS.
    package var inFlight: Int

    /// `connection` is the number of the connection since the broker started.
    package init(connection: UInt64, rights: Rights, inFlight: Int) {
        origin = RecordOrigin(peer: rights.peer, connection: connection)
        self.rights = rights
        self.inFlight = inFlight
    }
}
