/// The parameters of `admin.AddCredentials`: keys that an administrator gives to a profile.
package struct GivenKeys: Sendable, Equatable {
    /// Bytes of an access key id, of a secret access key and of a session token.
    package static let accessKeyIDBytes = 1...128
    package static let secretAccessKeyBytes = 1...1_024
    package static let sessionTokenBytes = 1...16_384
    /// Seconds that keys may be given for: a week at the most.
    package static let lifetimes: ClosedRange<Int64> = 1...604_800

    package let profile: ProfileName
    package let accessKeyID: String
    package let secretAccessKey: WireSecret
    package let sessionToken: WireSecret?
    /// How long they count; nil: until they are removed.
    package let lifetimeSeconds: Int?

    package init(
        profile: ProfileName, accessKeyID: String, secretAccessKey: WireSecret, sessionToken: WireSecret? = nil,
        lifetimeSeconds: Int? = nil
    ) {
        self.profile = profile
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.lifetimeSeconds = lifetimeSeconds
    }
}
