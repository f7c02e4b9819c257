package import Secrets

/// A place where credentials come from.
///
/// Asked whenever somebody needs a credential; a source that fetches keeps what it has and renews it in time.
package protocol CredentialSource: Sendable {
    /// As people know it: `environment`, `shared-files`, …
    var name: String { get }

    /// A credential that is valid now.
    ///
    /// - Throws: `CredentialFailure`, or `CancellationError` when the calling task was cancelled; nothing else.
    func credential() async throws -> Credential
}
