package import BrokerAccess
internal import JSONText

/// Who asks over which connection: what all records of a connection have in common, written once.
package struct RecordOrigin: Sendable {
    package let peer: Peer
    /// The number of the connection since the broker started.
    package let connection: UInt64
    /// The members as JSON, each with the comma before it.
    let json: [UInt8]

    package init(peer: Peer, connection: UInt64) {
        self.peer = peer
        self.connection = connection
        var json: [UInt8] = []
        JSONText.append(",\"uid\":", to: &json)
        JSONText.append(UInt64(peer.uid), to: &json)
        JSONText.append(",\"gid\":", to: &json)
        JSONText.append(UInt64(peer.gid), to: &json)
        JSONText.append(",\"pid\":", to: &json)
        JSONText.append(Int64(peer.pid), to: &json)
        JSONText.append(",\"connection\":", to: &json)
        JSONText.append(connection, to: &json)
        self.json = json
    }
}
