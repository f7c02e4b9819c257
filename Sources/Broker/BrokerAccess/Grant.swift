/// One rule that allows: who, which actions, on which profiles, in which regions. A class, for it is asked at every request
/// and need not be copied for it.
package final class Grant: Sendable {
    package enum Who: Sendable, Hashable {
        case everybody
        case user(UInt32)
        /// The primary group of the peer.
        case group(UInt32)
    }

    package let name: String
    /// Where the rule stands, as `file:line`; nil for a rule that no file holds.
    package let origin: String?
    package let who: Set<Who>
    package let actions: [NamePattern]
    /// nil: every configured profile.
    package let profiles: [NamePattern]?
    /// nil: the regions that the profile is configured with.
    package let regions: [NamePattern]?

    package init(
        name: String, origin: String?, who: Set<Who>, actions: [NamePattern], profiles: [NamePattern]?,
        regions: [NamePattern]?
    ) {
        self.name = name
        self.origin = origin
        self.who = who
        self.actions = actions
        self.profiles = profiles
        self.regions = regions
    }

    /// Everything for one uid: what holds when there is no configuration file, as with ssh-agent.
    package static func everything(forUser uid: UInt32) -> Grant {
        Grant(
            name: "the broker's own user", origin: nil, who: [.user(uid)], actions: [NamePattern("*")], profiles: nil,
            regions: [NamePattern("*")])
    }

    func covers(_ peer: Peer) -> Bool {
        who.contains(.everybody) || who.contains(.user(peer.uid)) || who.contains(.group(peer.gid))
    }

    func covers(_ request: AccessRequest) -> Bool {
        actions.contains { $0.matches(request.action) }
            && (profiles?.contains { $0.matches(request.profile) } ?? true)
            && covers(region: request.region, isConfigured: request.regionIsConfigured)
    }

    /// No region at all is covered: it is nothing that could be asked for.
    private func covers(region: String?, isConfigured: Bool) -> Bool {
        guard let region else { return true }
        return regions?.contains { $0.matches(region) } ?? isConfigured
    }
}

/// What somebody wants to do, in AWS's terms.
package struct AccessRequest: Sendable, Equatable {
    /// An IAM action, such as `macie2:GetMacieSession`.
    package let action: String
    package let profile: String
    /// nil when neither the request nor the profile names one.
    package let region: String?
    /// Whether the profile's own configuration names the region.
    package let regionIsConfigured: Bool

    package init(action: String, profile: String, region: String?, regionIsConfigured: Bool) {
        self.action = action
        self.profile = profile
        self.region = region
        self.regionIsConfigured = regionIsConfigured
    }
}
