internal import AWSRuntime
internal import BrokerAccess
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
        decision = .allowed(.anybodysOwn)
    }

    init(_ key: SessionKey, grant: Rule) {
        action = key.action
        profile = key.profile.name
        region = key.region.name
        decision = .allowed(grant)
    }

    init(_ access: AccessRequest, decision: Decision) {
        action = access.action
        profile = access.profile
        region = access.region
        self.decision = decision
    }
}

extension Rule {
    /// Stands in the records of methods about the broker itself.
    static let anybodysOwn = Rule(name: "everybody", who: [.everybody], actions: [])
}
