/// What somebody wants to do, in AWS's terms.
package struct AccessRequest: Sendable, Equatable {
    /// An IAM action, such as `macie2:GetMacieSession`.
    package let action: String
    package let profile: String
    /// nil when neither the request nor the profile names one.
    package let region: String?
    /// Whether the profile's own configuration names the region.
    package let regionIsConfigured: Bool
    /// Seconds that the answer may be old; nil when the request does not say.
    package let maxAgeSeconds: Int?

    package init(
        action: String, profile: String, region: String?, regionIsConfigured: Bool, maxAgeSeconds: Int? = nil
    ) {
        self.action = action
        self.profile = profile
        self.region = region
        self.regionIsConfigured = regionIsConfigured
        self.maxAgeSeconds = maxAgeSeconds
    }
}
