internal import BrokerAccess
internal import BrokerWire
internal import JSONText
internal import Macie2
internal import Timestamps

/// The answer to `broker.WhoAmI`: what the broker sees of the caller, and what the caller may do.
struct WhoAmIReport {
    let caller: Caller
    let user: String?
    /// Of the caller's groups, as far as they have names.
    let names: [UInt32: String]
    let profiles: Profiles

    var json: JSONValue {
        let peer = caller.peer
        var object = JSONObject([
            ("uid", JSONValue(peer.uid)), ("gid", JSONValue(peer.gid)), ("pid", JSONValue(peer.pid)),
        ])
        object["user"] = user.map { .string($0) }
        object["group"] = names[peer.gid].map { .string($0) }
        object["groups"] = .array(peer.groups.map(group))
        if case .alive(let facts) = caller.look() {
            object["executable"] = facts.executable.map { .string($0) }
            object["unit"] = facts.unit.map { .string($0) }
        }
        object["mode"] = .string(caller.rights.mode.rawValue)
        object["may"] = .array(caller.rights.grants.flatMap(entries))
        return .object(object)
    }

    private func group(_ gid: UInt32) -> JSONValue {
        var object = JSONObject([("gid", JSONValue(gid))])
        object["group"] = names[gid].map { .string($0) }
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
        var object = JSONObject([
            ("action", .string(action)), ("profiles", Self.list(profiles)), ("regions", Self.list(regions)),
            ("grant", .string(grant.name)),
        ])
        object["executables"] = grant.executables.map { Self.list($0.map(\.text)) }
        object["units"] = grant.units.map { Self.list($0.map(\.text)) }
        object["notAfter"] = grant.notAfter.map { .string($0.wholeMilliseconds.rfc3339) }
        object["maxAgeAtLeast"] = grant.maxAgeAtLeast.map { JSONValue($0) }
        return .object(object)
    }

    private static func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}

/// The AWS actions that this broker can carry out.
package enum KnownActions {
    package static let all = [GetMacieSession.action]
}

extension GetMacieSession {
    /// The IAM action, as policies spell it.
    static let action = "macie2:GetMacieSession"
}
