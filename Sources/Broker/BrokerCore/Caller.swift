package import BrokerAccess

/// Who asks, over which connection, with how much in flight already.
package struct Caller {
    /// The number of the connection since the broker started.
    package let connection: UInt64
    package let rights: Rights
    /// Requests of this connection that wait for AWS.
    package let inFlight: Int

    package init(connection: UInt64, rights: Rights, inFlight: Int) {
        self.connection = connection
        self.rights = rights
        self.inFlight = inFlight
    }
}
