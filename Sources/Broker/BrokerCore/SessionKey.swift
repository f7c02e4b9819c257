package import AWSCredentials
package import AWSRuntime
package import BrokerWire

/// What one cached answer, and one flight, is good for.
package struct SessionKey: Sendable, Hashable {
    package let profile: ProfileName
    package let region: Region
    /// The AWS operation, as its IAM action spells it.
    package let action: String
    /// The configuration that it was asked under: what another one fetched is another thing.
    package let generation: UInt32
    /// Who asks, where the profile's credentials are each user's own; nil where they are everybody's.
    package let user: SessionUser?

    package init(
        profile: ProfileName, region: Region, action: String, generation: UInt32 = 0, user: SessionUser? = nil
    ) {
        self.user = user
        self.profile = profile
        self.region = region
        self.action = action
        self.generation = generation
    }

    /// Profile, region and user tell nearly all keys apart; the rest is left to `==`.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(profile)
        hasher.combine(region)
        if let user { hasher.combine(user.uid) }
    }
}
