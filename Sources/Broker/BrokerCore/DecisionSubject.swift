internal import AWSRuntime
internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire
internal import Macie2

/// What a record says was asked for, and what was decided.
struct DecisionSubject {
    let action: String
    var profile: String?
    var region: String?
    let decision: RecordedDecision

    /// A method about the broker itself, which everybody at its door may call.
    static func ownMethod(_ method: BrokerWire.Method, at door: Door) -> DecisionSubject {
        let rule = door == .people ? "everybody" : "administrators"
        return DecisionSubject(action: method.rawValue, decision: .allow(rule: rule, at: nil))
    }

    init(action: String, decision: RecordedDecision) {
        self.action = action
        self.decision = decision
    }

    init(_ access: AccessRequest, _ decision: Decision) {
        action = access.action
        profile = access.profile
        region = access.region
        self.decision = RecordedDecision(decision)
    }

    /// A request that policy could not be asked about: it names no profile, or no region that there can be.
    init(_ query: SessionQuery) {
        action = GetMacieSession.action
        profile = query.profile?.name
        decision = .deny(rule: nil, at: nil, lacks: [])
    }
}

extension RecordedDecision {
    /// The whole reason: of a denial the rule that denies, or the grant that lacked least and what it lacked.
    init(_ decision: Decision) {
        switch decision {
        case .allowed(let rule): self = .allow(rule: rule.name, at: rule.origin)
        case .denied(let denial):
            let reason = RecordedReason(denial)
            self = .deny(rule: reason.rule?.name, at: reason.rule?.origin, lacks: reason.lacks)
        case .wouldDeny(let denial):
            let reason = RecordedReason(denial)
            self = .wouldDeny(rule: reason.rule?.name, at: reason.rule?.origin, lacks: reason.lacks)
        }
    }
}

private struct RecordedReason {
    let rule: Rule?
    let lacks: [String]

    init(_ denial: Denial) {
        rule = denial.rule ?? denial.nearest?.rule
        lacks = denial.rule == nil ? denial.nearest?.lacks.map(\.rawValue) ?? [] : []
    }
}
