internal import AWSRuntime
package import BrokerAccess
package import BrokerWire
internal import Macie2

/// Everything that the configuration decides about answering, in force until the next one.
package struct BrokerSetup: Sendable {
    package let profiles: Profiles
    package let policy: Policy
    /// Where a person adds a grant: the configuration's path.
    package let policySource: String
    package let limits: Limits
    package let cacheSeconds: Double
    package let cacheEntries: Int
    package let version: String
    package let socketPath: String
    package let processID: Int32
    package let started: Moment
    package let upstream: any Upstream
    /// The OpenRPC document with the limits in force, ready to send.
    let discovery: [UInt8]

    package init(
        profiles: Profiles, policy: Policy, policySource: String, limits: Limits, cacheSeconds: Double,
        cacheEntries: Int, version: String, socketPath: String, processID: Int32, started: Moment,
        upstream: any Upstream
    ) {
        self.profiles = profiles
        self.policy = policy
        self.policySource = policySource
        self.limits = limits
        self.cacheSeconds = cacheSeconds
        self.cacheEntries = cacheEntries
        self.version = version
        self.socketPath = socketPath
        self.processID = processID
        self.started = started
        self.upstream = upstream
        discovery = Discovery.document(limits: limits)
    }
}

/// What a session request is about: what policy is asked, and what AWS would be.
struct Target {
    let access: AccessRequest
    /// Why AWS cannot be asked even where policy allows it. Only those hear of it who were granted the profile.
    let key: Result<SessionKey, Failure>
    /// The profile and the region that the client named itself.
    let askedProfile: ProfileName?
    let askedRegion: String?
}

extension BrokerSetup {
    func target(of query: SessionQuery) -> Result<Target, Failure> {
        let profile = query.profile.map { profiles[$0] } ?? profiles.implicit
        guard let name = query.profile ?? profile?.name else { return .failure(.profileMissing) }
        var region = profile?.region
        if let asked = query.region {
            guard let parsed = Region(asked) else { return .failure(.regionUnknown) }
            region = parsed
        }
        let access = AccessRequest(
            action: GetMacieSession.action, profile: name.name, region: region?.name,
            regionIsConfigured: region.map { profile?.configures($0) ?? false } ?? true,
            maxAgeSeconds: query.maxAgeSeconds)
        let key: Result<SessionKey, Failure>
        switch (profile, region) {
        case (nil, _): key = .failure(.profileUnknown)
        case (_?, nil): key = .failure(.regionMissing(profile: name))
        case (_?, let region?):
            key = .success(SessionKey(profile: name, region: region, action: GetMacieSession.action))
        }
        return .success(Target(access: access, key: key, askedProfile: query.profile, askedRegion: query.region))
    }
}
