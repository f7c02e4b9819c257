internal import AWSRuntime
internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire

/// What a record says was asked for, and what was decided.
struct DecisionSubject {
    let action: String
    let profile: String?
    let region: String?
    let decision: Decision

    /// A method about the broker itself, which everybody may call.
    init(_ method: String) {
        action = method
        profile = nil
        region = nil
        decision = .allowed(grant: "everybody")
    }

    init(_ key: SessionKey, grant: String) {
        action = key.action
        profile = key.profile.name
        region = key.region.name
        decision = .allowed(grant: grant)
    }

    init(_ access: AccessRequest, decision: Decision) {
        action = access.action
        profile = access.profile
        region = access.region
        self.decision = decision
    }
}

extension RecordedDecision {
    init(_ decision: Decision) {
        switch decision {
        case .allowed(let grant): self = .allow(rule: grant, at: nil)
        case .denied(let lack): self = .deny(rule: nil, at: nil, lacks: [lack.rawValue])
        }
    }
}
