package import BrokerWire
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
    package let decision: RecordedDecision
    /// `ok`, or the type of the error that the client hears.
    package let outcome: String
    /// What AWS calls the request that the answer came from.
    package let requestID: String?
    package let cached: Bool
    /// From the request's last byte to its reply.
    package let microseconds: Int64

    package init(
        time: Timestamp, origin: RecordOrigin, id: RequestID, action: String, profile: String?,
        region: String?, decision: RecordedDecision, outcome: String, requestID: String?, cached: Bool,
        microseconds: Int64
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

    /// Appends the event's name and what follows it; what stands before is the chain's.
    func writeMembers(to out: inout LineBuffer) {
        out.append("request\"")
        out.append(origin.json)
        out.append(",\"id\":")
        out.append(id)
        RecordText.append(",\"action\":", action, to: &out)
        if let profile { RecordText.append(",\"profile\":", profile, to: &out) }
        if let region { RecordText.append(",\"region\":", region, to: &out) }
        decision.write(to: &out)
        RecordText.append(",\"outcome\":", outcome, to: &out)
        if let requestID { RecordText.append(",\"requestId\":", requestID, to: &out) }
        out.append(cached ? ",\"cached\":true,\"microseconds\":" : ",\"cached\":false,\"microseconds\":")
        out.append(microseconds)
    }
}
