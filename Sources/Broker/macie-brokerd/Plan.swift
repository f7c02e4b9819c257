internal import AWSCredentials
internal import AWSRuntime
internal import BrokerAccess
internal import BrokerCore
internal import BrokerServer
internal import BrokerWire
internal import Glibc
internal import Macie2

/// What this process is about to do: the configuration with everything that the command line, the environment and the host
/// add to it. Making one changes nothing.
struct Plan {
    let configuration: Configuration
    /// Where the configuration came from; nil when there is none.
    let file: String?
    let socket: SocketPath
    let access: BoundSocket.Access
    let policy: Policy
    let profiles: Profiles
    let routes: [MacieUpstream.Route]
    let logLevel: String
    let environment: [String: String]

    init(_ command: Brokerd, environment: [String: String]) throws {
        file = command.config ?? ConfigurationFile.defaultPath(environment: environment)
        let configuration =
            try file.map { try Configuration(yaml: ConfigurationFile.read($0), file: $0) } ?? Configuration()
        self.configuration = configuration
        // What only credentials need has been handed to their sources; it is not kept here.
        self.environment = environment.filter { !Self.secretVariables.contains($0.key) }
        let isRoot = geteuid() == 0
        socket =
            try command.socket.map { try SocketPath(Self.absolute($0)) } ?? configuration.socket
            ?? Self.defaultSocket(isRoot: isRoot, environment: environment)
        access = BoundSocket.Access(
            mode: configuration.socketMode ?? (isRoot ? 0o666 : 0o600), group: configuration.socketGroup)
        policy = Policy(
            mode: configuration.mode, grants: configuration.grants ?? [.everything(forUser: geteuid())],
            denies: configuration.denies)
        logLevel = command.logLevel ?? configuration.logLevel
        var profiles: [Profile] = []
        var routes: [MacieUpstream.Route] = []
        for settings in configuration.profiles {
            let resolved = try ResolvedProfile(settings, of: configuration, file: file, environment: environment)
            profiles.append(resolved.profile)
            routes.append(resolved.route)
        }
        self.profiles = Profiles(profiles)
        self.routes = routes
    }

    private static let secretVariables: Set = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]

    /// Where a person adds a grant.
    var policySource: String {
        file
            ?? (geteuid() == 0
                ? ConfigurationFile.ofRoot : "its configuration ($XDG_CONFIG_HOME/macie-broker/broker.yaml)")
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        // SAFETY: getcwd(3) with a null buffer answers memory that is ours to free, or null.
        guard let folder = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(folder) }
        return unsafe String(cString: folder) + "/" + path
    }

    private static func defaultSocket(isRoot: Bool, environment: [String: String]) throws -> SocketPath {
        if isRoot { return try SocketPath("/run/macie-broker/broker.sock") }
        guard let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/") else {
            throw ConfigurationFailure(
                file: "environment", place: nil,
                problem:
                    "XDG_RUNTIME_DIR is not set, so there is no default place for the socket: name one with --socket")
        }
        return try SocketPath(folder + "/macie-broker/broker.sock")
    }
}

/// A profile with its region, its endpoint and the source of its credentials settled.
private struct ResolvedProfile {
    let profile: Profile
    let route: MacieUpstream.Route

    init(
        _ settings: Configuration.Profile, of configuration: Configuration, file: String?, environment: [String: String]
    ) throws {
        var environment = environment
        let keys = settings.credentials
        if let path = keys.configFile { environment["AWS_CONFIG_FILE"] = path }
        if let path = keys.credentialsFile { environment["AWS_SHARED_CREDENTIALS_FILE"] = path }
        if let name = keys.profile { environment["AWS_PROFILE"] = name }
        let aws: AWSSettings
        do throws(SettingsFailure) {
            aws = try AWSSettings(environment: environment, service: GetMacieSession.service)
        } catch {
            throw ConfigurationFailure(file: file ?? "environment", place: nil, problem: error.description)
        }
        let request = EndpointRequest(
            endpointPrefix: GetMacieSession.service.endpointPrefix, region: nil,
            useFIPS: settings.useFIPS ?? aws.useFIPS, useDualStack: settings.useDualStack ?? aws.useDualStack,
            custom: settings.endpoint ?? aws.endpointURL,
            allowInsecureEndpoint: settings.allowInsecureEndpoint ?? configuration.allowInsecureEndpoint)
        try Self.check(request, of: settings.name, file: file)
        profile = Profile(name: settings.name, region: settings.region ?? aws.region, otherRegions: settings.regions)
        route = MacieUpstream.Route(
            profile: settings.name, credentials: Self.source(keys, environment: environment),
            endpoint: { region throws(EndpointFailure) in
                var request = request
                request.region = region
                return try request.resolved()
            })
    }

    /// An endpoint that cannot be right for any region is told at start, not at the first request.
    private static func check(_ request: EndpointRequest, of profile: ProfileName, file: String?) throws {
        var request = request
        request.region = Region("us-east-1")
        do throws(EndpointFailure) {
            _ = try request.resolved()
        } catch {
            throw ConfigurationFailure(
                file: file ?? "environment", place: nil, problem: "profile \(profile): \(error.description)")
        }
    }

    private static func source(
        _ keys: Configuration.Credentials, environment: [String: String]
    ) -> any CredentialSource {
        switch keys.source {
        case .defaultChain: DefaultChain(environment: environment)
        case .environment: EnvironmentSource(environment: environment)
        case .sharedFiles: SharedFilesSource(SharedFileLocations(environment: environment))
        }
    }
}
