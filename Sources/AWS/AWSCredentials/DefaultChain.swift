package import Secrets

/// The first of several sources that has something: by default the environment, then the shared files.
///
/// A source with something wrong ends the search: keys that were meant must not be replaced by keys that were not.
package struct DefaultChain: CredentialSource {
    package let name = "default-chain"
    private let sources: [any CredentialSource]

    package init(sources: [any CredentialSource]) { self.sources = sources }

    /// - Parameter environment: the process's own; it is not kept.
    package init(environment: [String: String]) {
        self.init(sources: [
            EnvironmentSource(environment: environment),
            SharedFilesSource(SharedFileLocations(environment: environment)),
        ])
    }

    package func credential() async throws -> Credential { try await search().credential }

    /// The credential, and the name of the source that had it.
    package func search() async throws -> (credential: Credential, source: String) {
        var absences: [CredentialFailure] = []
        for source in sources {
            do {
                return (try await source.credential(), source.name)
            } catch let failure as CredentialFailure where failure.kind == .absent {
                absences.append(failure)
            }
        }
        throw CredentialFailure(
            kind: .absent, source: name, profile: absences.last?.profile,
            why: absences.map { "\($0.source): \($0.why)" }.joined(separator: "; "),
            remedy: absences.first?.remedy ?? "name a source of credentials")
    }
}
