/// Why a source has no credential, and what a person can do about it. It names settings and files, never their values.
package struct CredentialFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// Nothing is configured here: a chain goes on to its next source.
        case absent
        /// Something is configured, and it is wrong or not supported: a chain stops, lest it use other keys than meant.
        case unusable
    }

    package let kind: Kind
    /// `CredentialSource.name`.
    package let source: String
    /// The profile of the shared files, where the source has one.
    package let profile: String?
    package let why: String
    package let remedy: String

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
}
