import AWSRuntime

/// The first of several sources that has something: the environment, the shared files, the web identity of the environment,
/// the container's agent, the instance's metadata service.
///
/// A source with something wrong ends the search: keys that were meant must not be replaced by keys that were not.
package struct DefaultChain: CredentialSource {
    package let name = "default-chain"
    private let sources: [any CredentialSource]

    /// The SDKs' own order. `locations` are the shared files, and which profile of them.
    package init(
        _ locations: SharedFileLocations, session: RoleSession = RoleSession(), context: SourceContext
    ) {
        sources = [
            context.environment.keys,
            SharedFilesSource(locations, session: session, context: context),
            EnvironmentWebIdentity(session: session, context: context),
            ContainerSource(context: context),
            InstanceMetadataSource(context: context),
        ]
    }

    package var isPersonal: Bool { sources.contains { $0.isPersonal } }
    package var stamp: FileStamps { sources.reduce(FileStamps()) { $0 + $1.stamp } }
    package func forget() { for source in sources { source.forget() } }
    package func drop() { for source in sources { source.drop() } }

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        var absences: [CredentialFailure] = []
        for source in sources {
            do {
                return try await source.fetch(for: user)
            } catch let failure as CredentialFailure where failure.kind == .absent {
                absences.append(failure)
            }
        }
        throw CredentialFailure(
            kind: .absent, source: name, profile: absences.compactMap(\.profile).last,
            why: absences.map { "\($0.source): \($0.why)" }.joined(separator: "; "),
            remedy: absences.first?.remedy ?? "name a source of credentials")
    }
}

/// The web identity that the environment names, if it does.
package struct EnvironmentWebIdentity: CredentialSource {
    package let name = "web-identity"
    let session: RoleSession
    let context: SourceContext

    package init(session: RoleSession = RoleSession(), context: SourceContext) {
        self.session = session
        self.context = context
    }

    package var isPersonal: Bool { session.isPersonal }

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        var source = try WebIdentitySource.ofEnvironment(context.environment.variables, services: context.services)
        source.role.session = source.role.session.overridden(by: session)
        return try await source.fetch(for: user)
    }
}
