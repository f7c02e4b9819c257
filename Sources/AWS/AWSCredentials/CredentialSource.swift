package import Secrets
package import Timestamps

/// A place where credentials come from. It is asked when one is needed anew; a `CredentialKeeper` holds what came and asks
/// again in time.
package protocol CredentialSource: Sendable {
    /// As people know it: `environment`, `shared-files`, …
    var name: String { get }

    /// Whether each user gets a credential of their own: a role's session that is named after who asks.
    var isPersonal: Bool { get }

    /// What the files look like that the credential depends on, without reading them; it changes when they do.
    var stamp: FileStamps { get }

    /// Lets go of what is kept between fetches: the keys that a role is assumed with.
    func forget()

    /// The same, and for good of keys that nobody gives again: those of the environment.
    func drop()

    /// A credential, fetched anew. `user` is who asks, nil for the broker itself; only personal sources look at it.
    ///
    /// Throws `CredentialFailure`, or `CancellationError` when the calling task was cancelled; nothing else.
    func fetch(for user: SessionUser?) async throws -> FetchedCredential
}

extension CredentialSource {
    package var isPersonal: Bool { false }
    package var stamp: FileStamps { FileStamps() }
    package func forget() {}
    package func drop() { forget() }
}

/// A credential as it came from its source.
package struct FetchedCredential: Sendable {
    package let credential: Credential
    /// The name of the source that really had it: a chain's own link, or the last step of a profile.
    package let source: String
    /// The time it came at by the clock of whoever gave it; nil where that clock is this host's.
    package let asOf: Timestamp?
    /// The AWS account that the credential belongs to, where that is known: 12 digits.
    package let accountID: String?

    package init(
        _ credential: Credential, from source: String, asOf: Timestamp? = nil, accountID: String? = nil
    ) {
        self.accountID = credential.accountID ?? accountID
        self.credential = credential
        self.source = source
        self.asOf = asOf
    }
}
