package import Timestamps

/// What has become different with the credential of one source, for whoever keeps the log. Each change is told once.
package struct CredentialNews: Sendable, Equatable {
    package enum Event: Sendable, Equatable {
        /// There is a credential for the first time.
        case obtained(until: Timestamp?)
        /// It could not be renewed; the one that is held is good until then.
        case failing(CredentialFailure, goodUntil: Timestamp?)
        /// There is none any more, or still none.
        case lost(CredentialFailure)
        /// There is one again, or it is renewed again, after a failure.
        case recovered(until: Timestamp?)
    }

    /// Whose credential it is; nil where it is everybody's.
    package let user: SessionUser?
    /// `CredentialSource.name`.
    package let source: String
    package let event: Event
}
