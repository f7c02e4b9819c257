internal import BrokerAccess
internal import BrokerWire
internal import JSONText
internal import Macie2

/// The answer to `broker.WhoAmI`: what the broker sees of the caller, and what the caller may do.
struct WhoAmIReport {
    let peer: Peer
    let user: String?
    let group: String?
    let rights: Rights
    let profiles: Profiles

    var json: JSONValue {
        var object = JSONObject([
            ("uid", JSONValue(peer.uid)), ("gid", JSONValue(peer.gid)), ("pid", JSONValue(peer.pid)),
        ])
        object["user"] = user.map { .string($0) }
        object["group"] = group.map { .string($0) }
        object["may"] = .array(rights.grants.flatMap(entries))
        return .object(object)
    }

    /// A grant without regions covers each profile's own, so profiles that differ get an entry each.
    private func entries(of grant: Rule) -> [JSONValue] {
        let covered = profiles.all.filter { profile in
            grant.profiles?.contains { $0.matches(profile.name.name) } ?? true
        }
        return KnownActions.all.filter { action in grant.actions.contains { $0.matches(action) } }.flatMap { action in
            guard let regions = grant.regions else {
                return covered.map { entry(action, [$0.name.name], $0.regions.sorted(), grant) }
            }
            return covered.isEmpty ? [] : [entry(action, covered.map(\.name.name), regions.map(\.text), grant)]
        }
    }

    private func entry(_ action: String, _ profiles: [String], _ regions: [String], _ grant: Rule) -> JSONValue {
        [
            "action": .string(action), "profiles": .array(profiles.map { .string($0) }),
            "regions": .array(regions.map { .string($0) }), "grant": .string(grant.name),
        ]
    }
}

/// The AWS actions that this broker can carry out.
package enum KnownActions {
    package static let all = [GetMacieSession.action]
}

extension GetMacieSession {
    /// The IAM action, as policies spell it.
    static let action = "macie2:GetMacieSession"
}
