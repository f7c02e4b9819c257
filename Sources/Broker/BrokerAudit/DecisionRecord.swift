package import BrokerAccess
package import BrokerWire
package import Timestamps

internal import JSONText

/// What happened with one request: who asked for what, what was decided by which rule, and what came of it.
package struct DecisionRecord: Sendable {
    package let time: Timestamp
    package let peer: Peer
    /// The number of the connection since the broker started.
    package let connection: UInt64
    package let id: RequestID
    /// An IAM action, or the method for what AWS never hears of.
    package let action: String
    package let profile: String?
    package let region: String?
    package let decision: Decision
    /// `ok`, or the type of the error that the client hears.
    package let outcome: String
    package let requestID: String?
    package let cached: Bool
    /// From the request's last byte to its reply.
    package let microseconds: Int64

    package init(
        time: Timestamp, peer: Peer, connection: UInt64, id: RequestID, action: String, profile: String?,
        region: String?, decision: Decision, outcome: String, requestID: String?, cached: Bool, microseconds: Int64
    ) {
        self.time = time
        self.peer = peer
        self.connection = connection
        self.id = id
        self.action = action
        self.profile = profile
        self.region = region
        self.decision = decision
        self.outcome = outcome
        self.requestID = requestID
        self.cached = cached
        self.microseconds = microseconds
    }

    /// Appends the record as one line of JSON, LF and all.
    package func write(to out: inout [UInt8]) {
        out.append(contentsOf: "{\"event\":\"decision\",\"time\":\"".utf8)
        time.appendRFC3339(to: &out)
        out.append(contentsOf: "\",\"uid\":".utf8)
        JSONText.append(peer.uid, to: &out)
        out.append(contentsOf: ",\"gid\":".utf8)
        JSONText.append(peer.gid, to: &out)
        out.append(contentsOf: ",\"pid\":".utf8)
        JSONText.append(peer.pid, to: &out)
        out.append(contentsOf: ",\"connection\":".utf8)
        JSONText.append(connection, to: &out)
        out.append(contentsOf: ",\"id\":".utf8)
        id.write(to: &out)
        Self.write("action", action, to: &out)
        if let profile { Self.write("profile", profile, to: &out) }
        if let region { Self.write("region", region, to: &out) }
        switch decision {
        case .allowed(let grant):
            Self.write("decision", "allow", to: &out)
            Self.write("grant", grant, to: &out)
        case .denied(let lack):
            Self.write("decision", "deny", to: &out)
            Self.write("reason", lack.rawValue, to: &out)
        }
        Self.write("outcome", outcome, to: &out)
        if let requestID { Self.write("requestId", requestID, to: &out) }
        out.append(contentsOf: cached ? ",\"cached\":true".utf8 : ",\"cached\":false".utf8)
        out.append(contentsOf: ",\"microseconds\":".utf8)
        JSONText.append(microseconds, to: &out)
        out.append(contentsOf: "}\n".utf8)
    }

    private static func write(_ name: StaticString, _ value: String, to out: inout [UInt8]) {
        out.append(contentsOf: ",\"".utf8)
        out.append(contentsOf: name.description.utf8)
        out.append(contentsOf: "\":".utf8)
        JSONText.appendQuoted(value, to: &out)
    }
}
