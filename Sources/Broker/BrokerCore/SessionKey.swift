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

    package init(profile: ProfileName, region: Region, action: String, generation: UInt32 = 0) {
        self.profile = profile
        self.region = region
        self.action = action
        self.generation = generation
    }

    /// Profile and region tell nearly all keys apart; the rest is left to `==`.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(profile)
        hasher.combine(region)
    }
}
