internal import AWSRuntime
internal import ArgumentParser
internal import BrokerAccess
internal import BrokerCore
internal import BrokerWire
internal import JSONText
internal import Timestamps

/// A decision about a request that nobody has made, with everything that led to it.
struct Explanation {
    let peer: Peer
    let request: AccessRequest
    let mode: Policy.Mode
    let decision: Decision

    /// - Throws: ConfigurationFailure, and ValidationError for what the command line names and nobody knows.
    init(_ command: Explain, environment: [String: String], now: Timestamp) throws {
        let loaded = try LoadedConfiguration(file: command.config, environment: environment)
        peer = try Self.peer(user: command.user, groups: command.group)
        request = try Self.request(command, of: loaded.profiles)
        mode = loaded.policy.mode
        let facts = ProcessFacts(
            executable: command.executable, unit: command.unit.flatMap { $0.isEmpty ? nil : $0 },
            executableDoubt: command.executable == nil ? "--executable does not say" : nil,
            unitDoubt: command.unit == nil ? "--unit does not say" : nil)
        decision = loaded.policy.rights(of: peer)
            .decide(request, at: command.at.flatMap { Timestamp(parsingRFC3339: $0) } ?? now) { .alive(facts) }
    }

    var isAllowed: Bool {
        if case .allowed = decision { true } else { false }
    }

    private static func peer(user: String, groups: [String]) throws -> Peer {
        do throws(NoSuchAccount) {
            return try Peer(user: user, groups: groups)
        } catch {
            switch error {
            case .user(let name): throw ValidationError("This host has no user \(name).")
            case .group(let name): throw ValidationError("This host has no group \(name).")
            }
        }
    }

    private static func request(_ command: Explain, of profiles: Profiles) throws -> AccessRequest {
        let asked = command.profile.flatMap { ProfileName($0) }
        guard command.profile == nil || asked != nil else {
            throw ValidationError("--profile: a name has 1 to 64 of A-Z a-z 0-9 _.@+=,-")
        }
        let profile = profiles.meant(by: asked)
        guard let name = asked ?? profile?.name else {
            throw ValidationError(
                "The configuration has several profiles and none called default: name one with --profile.")
        }
        let region = command.region.flatMap { Region($0) }
        if let text = command.region, region == nil {
            throw ValidationError("--region: \(text) is not the name of a region; they look like us-east-1.")
        }
        return AccessRequest(
            action: command.action, on: name, configured: profile, region: region ?? profile?.region,
            maxAgeSeconds: command.maxAge)
    }
}

// MARK: - Telling it

extension Explanation {
    var text: String {
        let place = request.region.map { " in \($0)" } ?? ""
        let may = isAllowed ? "allowed   \(who) may" : "denied    \(who) may not"
        var lines = ["\(may) \(request.action) on profile \(request.profile)\(place)"]
        switch decision {
        case .allowed(let rule): lines.append("grant     \(rule.title)")
        case .denied(let denial), .wouldDeny(let denial):
            if let rule = denial.rule { lines.append("deny      \(rule.title)") }
            if let nearest = denial.nearest {
                lines.append("nearest   \(nearest.rule.title)")
                lines.append("lacks     \(nearest.lacks.map(\.rawValue).joined(separator: ", "))")
            }
            lines.append("reason    \(denial.reason)")
        }
        if mode == .observe {
            lines.append("mode      observe\(isAllowed ? "" : ": let through all the same, and recorded as wouldDeny")")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var who: String {
        AccountNames.user(ofUid: peer.uid).map { "\($0) (uid \(peer.uid))" } ?? "uid \(peer.uid)"
    }

    /// One object, one line.
    var json: String {
        var object = JSONObject([("allowed", .bool(isAllowed)), ("action", .string(request.action))])
        object["profile"] = .string(request.profile)
        object["region"] = request.region.map { .string($0) }
        object["uid"] = JSONValue(peer.uid)
        let groups = Set(peer.groups + [peer.gid]).subtracting([Peer.noGroup])
        object["groups"] = .array(groups.sorted().map { JSONValue($0) })
        switch decision {
        case .allowed(let rule):
            object["rule"] = rule.json
            object["reason"] = .string("the rule \(rule.name) grants it")
        case .denied(let denial), .wouldDeny(let denial):
            object["rule"] = denial.rule?.json
            object["nearest"] = denial.nearest?.rule.json
            object["lacks"] = denial.nearest.map { .array($0.lacks.map { .string($0.rawValue) }) }
            object["reason"] = .string(denial.reason)
        }
        object["mode"] = .string(mode.rawValue)
        return JSONValue.object(object).text + "\n"
    }
}

extension Rule {
    /// Its name and its place, for people.
    var title: String { origin.map { "\(name) (\($0))" } ?? name }

    fileprivate var json: JSONValue {
        var object = JSONObject([("name", .string(name))])
        object["at"] = origin.map { .string($0) }
        return .object(object)
    }
}
