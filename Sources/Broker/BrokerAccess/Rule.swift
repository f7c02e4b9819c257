package import Timestamps

/// One rule: who, which actions, on which profiles, in which regions, and what narrows it further. A grant allows what it
/// covers, a deny forbids it. A class, for it is asked at every request and need not be copied for it.
package final class Rule: Sendable {
    package enum Kind: String, Sendable { case grant, deny }

    package enum Who: Sendable, Hashable {
        case everybody
        case user(UInt32)
        /// The primary group of the peer, or one of its supplementary groups.
        case group(UInt32)
    }

    package let kind: Kind
    package let name: String
    /// Where the rule stands, as `file:line`; nil for a rule that no file holds.
    package let origin: String?
    package let who: Set<Who>
    package let actions: [NamePattern]
    /// nil: every configured profile.
    package let profiles: [NamePattern]?
    /// nil: the regions that the profile is configured with.
    package let regions: [NamePattern]?
    /// Paths of programs, as the host names them; nil: any, known or not.
    package let executables: [NamePattern]?
    /// systemd's system units, such as `deploy.service`; nil: any, known or not.
    package let units: [NamePattern]?
    /// The last instant at which the rule covers anything; nil: it never ends.
    package let notAfter: Timestamp?
    /// Seconds, of a grant: a request that asks for a younger answer than this (`maxAgeSeconds`) is not covered.
    package let maxAgeAtLeast: Int?

    package init(
        _ kind: Kind = .grant, name: String, origin: String? = nil, who: Set<Who>, actions: [NamePattern],
        profiles: [NamePattern]? = nil, regions: [NamePattern]? = nil, executables: [NamePattern]? = nil,
        units: [NamePattern]? = nil, notAfter: Timestamp? = nil, maxAgeAtLeast: Int? = nil
    ) {
        self.kind = kind
        self.name = name
        self.origin = origin
        self.who = who
        self.actions = actions
        self.profiles = profiles
        self.regions = regions
        self.executables = executables
        self.units = units
        self.notAfter = notAfter
        self.maxAgeAtLeast = maxAgeAtLeast
    }

    /// Everything for one uid: what holds when there is no configuration file, as with ssh-agent.
    package static func everything(forUser uid: UInt32) -> Rule {
        Rule(
            name: "the broker's own user", who: [.user(uid)], actions: [NamePattern("*")], regions: [NamePattern("*")])
    }

    /// Whether something about the asking process decides too.
    package var narrows: Bool { executables != nil || units != nil }
}

extension Rule: Equatable {
    /// The same rule, not one that says the same.
    package static func == (left: Rule, right: Rule) -> Bool { left === right }
}

// MARK: - What it covers

extension Rule {
    func names(_ peer: Peer) -> Bool {
        who.contains(.everybody) || who.contains(.user(peer.uid)) || who.contains(.group(peer.gid))
            || peer.groups.contains { who.contains(.group($0)) }
    }

    /// Whether it covers the request, were it by anybody and from any process.
    func covers(_ request: AccessRequest, at now: Timestamp) -> Bool {
        covers(action: request.action) && covers(profile: request.profile)
            && covers(region: request.region, isConfigured: request.regionIsConfigured) && holds(at: now)
            && bears(maxAgeSeconds: request.maxAgeSeconds)
    }

    /// Whether what is known of the process is what the rule narrows to; nil when it cannot be known.
    func covers(_ process: ProcessSight) -> Bool? {
        let verdicts = (covers(executableOf: process), covers(unitOf: process))
        if verdicts.0 == false || verdicts.1 == false { return false }
        return verdicts.0 == nil || verdicts.1 == nil ? nil : true
    }

    /// What a request would lack for this grant to allow it.
    func lacks(_ peer: Peer, _ request: AccessRequest, _ process: () -> ProcessSight, at now: Timestamp) -> Lacks {
        var lacks: Lacks = []
        if !names(peer) { lacks.insert(.caller) }
        if !covers(action: request.action) { lacks.insert(.action) }
        if !covers(profile: request.profile) { lacks.insert(.profile) }
        if !covers(region: request.region, isConfigured: request.regionIsConfigured) { lacks.insert(.region) }
        if executables != nil, covers(executableOf: process()) != true { lacks.insert(.executable) }
        if units != nil, covers(unitOf: process()) != true { lacks.insert(.unit) }
        if !holds(at: now) { lacks.insert(.time) }
        if !bears(maxAgeSeconds: request.maxAgeSeconds) { lacks.insert(.freshness) }
        return lacks
    }

    private func covers(action: String) -> Bool { actions.contains { $0.matches(action) } }

    private func covers(profile: String) -> Bool { profiles?.contains { $0.matches(profile) } ?? true }

    /// No region at all is covered: it is nothing that could be asked for.
    private func covers(region: String?, isConfigured: Bool) -> Bool {
        guard let region else { return true }
        return regions?.contains { $0.matches(region) } ?? isConfigured
    }

    private func holds(at now: Timestamp) -> Bool { notAfter.map { now <= $0 } ?? true }

    private func bears(maxAgeSeconds: Int?) -> Bool {
        guard let maxAgeAtLeast, let maxAgeSeconds else { return true }
        return maxAgeSeconds >= maxAgeAtLeast
    }

    private func covers(executableOf process: ProcessSight) -> Bool? {
        guard let executables else { return true }
        guard case .alive(let facts) = process, let path = facts.certainExecutable else { return nil }
        return executables.contains { $0.matches(path) }
    }

    private func covers(unitOf process: ProcessSight) -> Bool? {
        guard let units else { return true }
        guard case .alive(let facts) = process, facts.unitDoubt == nil else { return nil }
        return facts.unit.map { unit in units.contains { $0.matches(unit) } } ?? false
    }
}
