internal import AWSCredentials
internal import AWSRuntime
internal import BrokerAccess
internal import BrokerWire
internal import Macie2

/// What a request is about: what policy is asked, and what AWS would be. A class, for a caller's next request is mostly about
/// the same.
final class Target: Sendable {
    let access: AccessRequest
    /// Why AWS cannot be asked even where policy allows it. Only those hear of it who were granted the profile.
    let key: Result<SessionKey, Failure>
    /// The profile and the region that the client named itself.
    let askedProfile: ProfileName?
    let askedRegion: String?

    init(access: AccessRequest, key: Result<SessionKey, Failure>, askedProfile: ProfileName?, askedRegion: String?) {
        self.access = access
        self.key = key
        self.askedProfile = askedProfile
        self.askedRegion = askedRegion
    }
}

extension BrokerSetup {
    /// What a request of this user is about.
    func target(of query: SessionQuery, generation: UInt32, user: SessionUser) -> Result<Target, Failure> {
        target(
            of: GetMacieSession.action, profile: query.profile, region: query.region,
            maxAgeSeconds: query.maxAgeSeconds, generation: generation, user: user)
    }

    func target(of query: ExplainQuery, generation: UInt32) -> Result<Target, Failure> {
        target(
            of: query.action, profile: query.profile, region: query.region, maxAgeSeconds: query.maxAgeSeconds,
            generation: generation)
    }

    private func target(
        of action: String, profile asked: ProfileName?, region askedRegion: String?, maxAgeSeconds: Int?,
        generation: UInt32, user: SessionUser? = nil
    ) -> Result<Target, Failure> {
        let profile = profiles.meant(by: asked)
        guard let name = asked ?? profile?.name else { return .failure(.profileMissing) }
        var region = profile?.region
        if let askedRegion {
            guard let parsed = Region(askedRegion) else { return .failure(.regionUnknown) }
            region = parsed
        }
        let access = AccessRequest(
            action: action, on: name, configured: profile, region: region, maxAgeSeconds: maxAgeSeconds)
        let key: Result<SessionKey, Failure>
        switch (profile, region) {
        case (nil, _): key = .failure(.profileUnknown)
        case (_?, nil): key = .failure(.regionMissing(profile: name))
        case (let profile?, let region?):
            key = .success(
                SessionKey(
                    profile: name, region: region, action: action, generation: generation,
                    user: profile.isPersonal ? user : nil))
        }
        return .success(Target(access: access, key: key, askedProfile: asked, askedRegion: askedRegion))
    }
}
