package import Timestamps

/// What can be told of a credential that a keeper holds, or does not: no secret is in it.
package struct CredentialAccount: Sendable, Equatable {
    /// The source that it came from, or that failed last.
    package let source: String
    /// Whose it is; nil where it is everybody's.
    package let user: SessionUser?
    /// The last four characters of the access key id.
    package let accessKeyIDEnd: String?
    package let accountID: String?
    package let expiresAt: Timestamp?
    /// Whether there is one that is valid now.
    package let isUsable: Bool
    /// When the source was last asked.
    package let lastAttempt: Timestamp?
    /// Why that failed; nil when it did not.
    package let failure: CredentialFailure?
}
