internal import AWSRuntime
internal import BrokerAccess
internal import BrokerWire
internal import JSONText

/// The answers to `broker.Explain` and `admin.Explain`: would this be allowed, and why.
struct Explanation {
    let target: Target
    let decision: Decision
    let mode: Policy.Mode
    let policySource: String

    /// What the caller may hear about itself. Where it is denied, neither what the only profile is called nor what a
    /// profile's own region is; and no rule that does not name it.
    var forCaller: JSONValue {
        var object = JSONObject([
            ("allowed", .bool(isAllowed)), ("action", .string(target.access.action)), ("reason", .string(reason)),
            ("mode", .string(mode.rawValue)),
        ])
        object["profile"] = (isAllowed ? target.access.profile : target.askedProfile?.name).map { .string($0) }
        object["region"] = (isAllowed ? target.access.region : target.askedRegion).map { .string($0) }
        switch decision {
        case .allowed(let rule): object["rule"] = .string(rule.name)
        case .denied(let denial), .wouldDeny(let denial):
            object["rule"] = denial.rule.map { .string($0.name) }
            object["remedy"] = .string(
                "ask the administrator of this host to add a grant for it to \(policySource)")
        }
        return .object(object)
    }

    /// Everything, for the administrator.
    func forAdministrator(of peer: Peer) -> JSONValue {
        var object = JSONObject([
            ("allowed", .bool(isAllowed)), ("action", .string(target.access.action)),
            ("profile", .string(target.access.profile)), ("uid", JSONValue(peer.uid)),
            ("groups", .array(([peer.gid] + peer.groups).filter { $0 != Peer.noGroup }.map { JSONValue($0) })),
            ("reason", .string(reason)),
            ("mode", .string(mode.rawValue)),
        ])
        object["region"] = target.access.region.map { .string($0) }
        switch decision {
        case .allowed(let rule): object["rule"] = rule.reference
        case .denied(let denial), .wouldDeny(let denial):
            object["rule"] = denial.rule.map(\.reference)
            object["nearest"] = denial.nearest.map(\.rule.reference)
            object["lacks"] = denial.nearest.map { .array($0.lacks.map { .string($0.rawValue) }) }
        }
        return .object(object)
    }

    private var isAllowed: Bool { if case .allowed = decision { true } else { false } }

    private var reason: String {
        switch decision {
        case .allowed(let rule): "the grant \(rule.name) allows it"
        case .denied(let denial), .wouldDeny(let denial): denial.reason
        }
    }
}

extension Rule {
    fileprivate var reference: JSONValue {
        var object = JSONObject([("name", .string(name))])
        object["at"] = origin.map { .string($0) }
        return .object(object)
    }
}
