package import BrokerAccess

/// Who asks over which connection: what all records of a connection have in common, written once. Made anew when what is
/// known of the process changes.
package struct RecordOrigin: Sendable {
    package let peer: Peer
    /// The number of the connection since the broker started.
    package let connection: UInt64
    /// The members as JSON, each with the comma before it.
    let json: [UInt8]

    /// `user` is the name of the peer's uid, where it has one; `executable` and `unit` are those of its process, where they
    /// are known and wanted in records.
    package init(
        peer: Peer, user: String? = nil, executable: String? = nil, unit: String? = nil, connection: UInt64
    ) {
        self.peer = peer
        self.connection = connection
        var json = LineBuffer()
        RecordText.append(",\"uid\":", peer.uid, to: &json)
        if let user { RecordText.append(",\"user\":", user, to: &json) }
        RecordText.append(",\"gid\":", peer.gid, to: &json)
        json.append(",\"pid\":")
        json.append(Int64(peer.pid))
        if let executable { RecordText.append(",\"executable\":", executable, to: &json) }
        if let unit { RecordText.append(",\"unit\":", unit, to: &json) }
        RecordText.append(",\"connection\":", connection, to: &json)
        self.json = json.prefix(json.count)
    }
}
