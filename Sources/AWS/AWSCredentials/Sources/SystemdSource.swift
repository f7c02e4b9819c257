import AWSRuntime
import Secrets

/// Keys that systemd hands over: a file in `$CREDENTIALS_DIRECTORY`, by `LoadCredential=` or `LoadCredentialEncrypted=`
/// (systemd.exec(5)), in the form of the shared credentials file. systemd keeps it in memory that only the unit can read.
package struct SystemdSource: CredentialSource {
    package let name = "systemd"
    private let credential: String
    private let path: String?
    private let files: SharedFilesSource

    /// `credential` is the credential's id, the part before the colon in `LoadCredential=`; `profile` the one within it.
    package init(
        credential: String, profile: String = "default", session: RoleSession = RoleSession(), context: SourceContext
    ) {
        self.credential = credential
        let variables = context.environment.variables
        path = EnvironmentValues(variables)["CREDENTIALS_DIRECTORY"].map { "\($0)/\(credential)" }
        // systemd's own modes say who can read it: the unit's user, by an access control list that shows as a group's.
        var context = context
        context.strictPermissions = false
        context.warn = { _ in }
        files = SharedFilesSource(
            SharedFileLocations(
                profile: profile, configPath: SharedFileLocations(environment: variables).configPath,
                credentialsPath: path), session: session, context: context)
    }

    package var isPersonal: Bool { files.isPersonal }
    package var stamp: FileStamps { files.stamp }
    package func forget() { files.forget() }
    package func drop() { files.drop() }

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        guard let path else {
            throw CredentialFailure(
                source: name, why: "CREDENTIALS_DIRECTORY is not set: no systemd unit has handed credentials over",
                remedy: "add LoadCredentialEncrypted=\(credential) to the broker's unit")
        }
        guard FileStamps.isThere(path) else {
            throw CredentialFailure(
                source: name, why: "the unit has no credential \(credential)",
                remedy: "add LoadCredentialEncrypted=\(credential) to the broker's unit")
        }
        do {
            let fetched = try await files.fetch(for: user)
            return FetchedCredential(
                fetched.credential, from: fetched.source == files.name ? name : fetched.source, asOf: fetched.asOf,
                accountID: fetched.accountID)
        } catch let failure as CredentialFailure {
            // Whoever names a credential means it: that it holds nothing is a mistake.
            throw CredentialFailure(
                kind: failure.kind == .absent ? .unusable : failure.kind,
                source: failure.source == files.name ? name : failure.source, profile: failure.profile,
                why: failure.why, remedy: failure.remedy)
        }
    }
}
