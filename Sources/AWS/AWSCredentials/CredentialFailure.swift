/// Why a source has no credential, and what a person can do about it. It names settings and files, never their values.
package struct CredentialFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// Nothing is configured here: a chain goes on to its next source.
        case absent
        /// Something is configured, and it is wrong or not supported: a chain stops, lest it use other keys than meant.
        case unusable
        /// What is configured could not be asked, or could not answer now; it may later, with nobody changing anything.
        case unreachable
    }

    package let kind: Kind
    /// `CredentialSource.name`.
    package let source: String
    /// The profile of the shared files, where the source has one.
    package let profile: String?
    package let why: String
    package let remedy: String
    /// Seconds until the source is asked again; nil when the next who asks causes that.
    package var retryAfterSeconds: Double?

    package init(kind: Kind = .unusable, source: String, profile: String? = nil, why: String, remedy: String) {
        self.kind = kind
        self.source = source
        self.profile = profile
        self.why = why
        self.remedy = remedy
    }

    package var description: String {
        "\(source)\(profile.map { " (profile \($0))" } ?? ""): \(why); \(remedy)"
    }

    /// The same, said of the profile that led to it.
    func named(profile: String) -> CredentialFailure {
        guard self.profile == nil else { return self }
        return CredentialFailure(kind: kind, source: source, profile: profile, why: why, remedy: remedy)
    }
}
