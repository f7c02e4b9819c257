internal import AWSCredentials
internal import AWSRuntime
internal import BrokerWire
internal import Digests

/// How a profile's credentials are got: its settings with the environment that they are read in. A value: the source itself is
/// made where there is a client to ask AWS with.
struct CredentialRecipe: Sendable {
    let profile: ProfileName
    let settings: Configuration.Credentials
    /// The process's own, with what the settings put in its place.
    let environment: [String: String]
    let allowInsecureEndpoint: Bool
    let strictPermissions: Bool

    /// Whether each user asks AWS in a session of their own.
    var isPersonal: Bool { settings.session.isPersonal }

    /// What is outside of the recipe.
    struct Surroundings: Sendable {
        let start: StartEnvironment
        let client: AWSClient
        let clock: CredentialClock
        /// What of the configuration the client is made by.
        let http: Configuration.HTTP
        /// For the operator's log.
        let warn: @Sendable (String) -> Void
    }

    func supply(in surroundings: Surroundings) -> CredentialStore.Supply {
        CredentialStore.Supply(
            profile: profile.name, source: source(in: surroundings), fingerprint: fingerprint(surroundings.http))
    }

    /// A hash, for a proxy's password may be in the environment.
    private func fingerprint(_ http: Configuration.HTTP) -> String {
        let variables = environment.sorted { $0.key < $1.key }
        let text = "\(http) \(settings) \(variables) \(allowInsecureEndpoint) \(strictPermissions)"
        return SHA256.digest(of: Array(text.utf8))?.hex ?? text
    }

    private func source(in surroundings: Surroundings) -> any CredentialSource {
        let context = SourceContext(
            environment: surroundings.start.with(variables: environment),
            services: CredentialServices(
                client: surroundings.client, environment: environment,
                allowInsecureEndpoint: allowInsecureEndpoint), clock: surroundings.clock,
            strictPermissions: strictPermissions, warn: surroundings.warn)
        let source = baseSource(in: context)
        guard var role = settings.role else { return source }
        role.session = role.session.overridden(by: settings.session)
        return RoleSource(role, with: source, context: context)
    }

    private func baseSource(in context: SourceContext) -> any CredentialSource {
        // The session is that of the last role: of the one named here, if there is one.
        let session = settings.role == nil ? settings.session : RoleSession()
        let locations = SharedFileLocations(environment: environment)
        return switch settings.source {
        case .defaultChain: DefaultChain(locations, session: session, context: context)
        case .environment: context.environment.keys
        case .sharedFiles: SharedFilesSource(locations, session: session, context: context)
        case .webIdentity: EnvironmentWebIdentity(session: session, context: context)
        case .process: ProcessSource(command: settings.command ?? "", context: context)
        case .container: ContainerSource(context: context)
        case .instanceMetadata: InstanceMetadataSource(context: context)
        case .systemd:
            SystemdSource(
                credential: settings.credential ?? "aws", profile: settings.profile ?? "default", session: session,
                context: context)
        case .given: GivenOnly()
        }
    }
}
