package import BrokerAccess

/// Who asks over which connection: what all records of a connection have in common, written once. Made anew when what is
/// known of the process changes. A class, for every record refers to it and need not copy it.
package final class RecordOrigin: Sendable {
    package let peer: Peer
    /// The number of the connection since the broker started.
    package let connection: UInt64
    /// The members as JSON, each with the comma before it.
    let json: [UInt8]

    /// `user` is the name of the peer's uid, where it has one; `sight` is what its process is seen to be, where that is
    /// wanted in records.
    package init(peer: Peer, user: String? = nil, sight: ProcessSight? = nil, connection: UInt64) {
        self.peer = peer
        self.connection = connection
        var json = LineBuffer()
        RecordText.append(",\"uid\":", peer.uid, to: &json)
        if let user { RecordText.append(",\"user\":", user, to: &json) }
        RecordText.append(",\"gid\":", peer.gid, to: &json)
        json.append(",\"pid\":")
        json.append(Int64(peer.pid))
        if let sight { Self.append(sight, to: &json) }
        RecordText.append(",\"connection\":", connection, to: &json)
        self.json = json.prefix(json.count)
    }

    /// What is known of the process, and why the rest is not: a rule may have been decided by that.
    private static func append(_ sight: ProcessSight, to json: inout LineBuffer) {
        let facts: ProcessFacts
        switch sight {
        case .alive(let found): facts = found
        case .ended: return RecordText.append(",\"processUnknown\":", "it has ended", to: &json)
        case .hidden(let reason): return RecordText.append(",\"processUnknown\":", reason, to: &json)
        }
        if let executable = facts.executable { RecordText.append(",\"executable\":", executable, to: &json) }
        if let doubt = facts.executableDoubt { RecordText.append(",\"executableDoubt\":", doubt, to: &json) }
        if let unit = facts.unit { RecordText.append(",\"unit\":", unit, to: &json) }
        if let doubt = facts.unitDoubt { RecordText.append(",\"unitDoubt\":", doubt, to: &json) }
    }
}
