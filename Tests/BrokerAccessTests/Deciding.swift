import BrokerAccess
import Timestamps

/// Who asks in these tests, when, and for what, where a test says nothing else.
let alice = Peer(uid: 1_000, gid: 100, pid: 42, groups: [200, 300])
let noon = Timestamp(seconds: 1_772_366_400)

func rule(
    _ kind: Rule.Kind = .grant, _ name: String = "g", who: Set<Rule.Who> = [.everybody],
    actions: [String] = ["macie2:GetMacieSession"], profiles: [String]? = nil, regions: [String]? = ["us-east-1"],
    executables: [String]? = nil, units: [String]? = nil, notAfter: Timestamp? = nil, maxAgeAtLeast: Int? = nil
) -> Rule {
    func patterns(_ texts: [String]?) -> [NamePattern]? { texts?.map { NamePattern($0) } }
    return Rule(
        kind, name: name, who: who, actions: actions.map { NamePattern($0) }, profiles: patterns(profiles),
        regions: patterns(regions), executables: patterns(executables), units: patterns(units), notAfter: notAfter,
        maxAgeAtLeast: maxAgeAtLeast)
}

func request(
    _ action: String = "macie2:GetMacieSession", profile: String = "audit", region: String? = "us-east-1",
    regionIsConfigured: Bool = true, maxAgeSeconds: Int? = nil
) -> AccessRequest {
    AccessRequest(
        action: action, profile: profile, region: region, regionIsConfigured: regionIsConfigured,
        maxAgeSeconds: maxAgeSeconds)
}

/// What is decided, in words.
func decide(
    _ rules: [Rule], _ request: AccessRequest = request(), by peer: Peer = alice, at now: Timestamp = noon,
    mode: Policy.Mode = .enforce, from process: ProcessSight = .hidden("a test says nothing")
) -> String {
    let policy = Policy(
        mode: mode, grants: rules.filter { $0.kind == .grant }, denies: rules.filter { $0.kind == .deny })
    return policy.rights(of: peer).decide(request, at: now) { process }.words
}

extension Decision {
    /// `allow g`, `deny by d`, `deny, nearest g lacks action, region`, `deny, no grants`, or `would deny …`.
    var words: String {
        switch self {
        case .allowed(let rule): "allow \(rule.name)"
        case .denied(let denial): "deny\(denial.words)"
        case .wouldDeny(let denial): "would deny\(denial.words)"
        }
    }

    var denial: Denial? {
        switch self {
        case .allowed: nil
        case .denied(let denial), .wouldDeny(let denial): denial
        }
    }
}

extension Denial {
    fileprivate var words: String {
        if let rule { return " by \(rule.name)" }
        guard let nearest else { return ", no grants" }
        return ", nearest \(nearest.rule.name) lacks \(nearest.lacks.map(\.rawValue).joined(separator: ", "))"
    }
}
