package import BrokerAccess
package import BrokerWire
internal import JSONText
package import Timestamps

/// What happened with one request: who asked for what, what was decided by which rule, and what came of it.
package struct DecisionRecord: Sendable {
    package let time: Timestamp
    package let origin: RecordOrigin
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
        time: Timestamp, origin: RecordOrigin, id: RequestID, action: String, profile: String?,
        region: String?, decision: Decision, outcome: String, requestID: String?, cached: Bool, microseconds: Int64
    ) {
        self.time = time
        self.origin = origin
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

    /// Appends the record as one line of JSON, LF and all. `clock` is the writer's own, for it remembers the second before.
    package func write(to out: inout [UInt8], clock: inout RFC3339Clock) {
        JSONText.append("{\"event\":\"decision\",\"time\":\"", to: &out)
        clock.append(time, to: &out)
        out.append(UInt8(ascii: "\""))
        out.append(contentsOf: origin.json)
        JSONText.append(",\"id\":", to: &out)
        id.write(to: &out)
        Self.write(",\"action\":", action, to: &out)
        if let profile { Self.write(",\"profile\":", profile, to: &out) }
        if let region { Self.write(",\"region\":", region, to: &out) }
        switch decision {
        case .allowed(let grant):
            Self.write(",\"decision\":", "allow", to: &out)
            Self.write(",\"grant\":", grant.name, to: &out)
        case .denied(let denial), .wouldDeny(let denial):
            Self.write(",\"decision\":", "deny", to: &out)
            Self.write(",\"reason\":", denial.reason, to: &out)
        }
        Self.write(",\"outcome\":", outcome, to: &out)
        if let requestID { Self.write(",\"requestId\":", requestID, to: &out) }
        JSONText.append(cached ? ",\"cached\":true" : ",\"cached\":false", to: &out)
        JSONText.append(",\"microseconds\":", to: &out)
        JSONText.append(microseconds, to: &out)
        JSONText.append("}\n", to: &out)
    }

    /// `name` comes with its comma, quotes and colon.
    private static func write(_ name: StaticString, _ value: String, to out: inout [UInt8]) {
        JSONText.append(name, to: &out)
        JSONText.appendQuoted(value, to: &out)
    }
}
