internal import BrokerAccess
internal import BrokerCore
internal import BrokerServer
internal import BrokerWire
internal import Glibc

/// What this process is about to do: the configuration with everything that the command line, the environment and the host
/// add to it. Making one changes nothing.
struct Plan {
    let configuration: Configuration
    /// The SHA-256 of the configuration file, in hexadecimal.
    let fileSHA256: String?
    /// Where the configuration came from; nil when there is none.
    let file: String?
    let socket: SocketPath
    let access: BoundSocket.Access
    let policy: Policy
    let profiles: Profiles
    let routes: [MacieUpstream.Route]
    let recipes: [CredentialRecipe]
    let logLevel: LogLevel
    let environment: [String: String]

    init(_ command: Serve, environment: [String: String]) throws {
        let loaded = try LoadedConfiguration(file: command.config, environment: environment)
        file = loaded.file
        configuration = loaded.configuration
        fileSHA256 = loaded.fileSHA256
        policy = loaded.policy
        profiles = loaded.profiles
        routes = loaded.routes
        recipes = loaded.recipes
        self.environment = environment
        let isRoot = geteuid() == 0
        socket =
            try command.socket.map { try SocketPath(Self.absolute($0)) } ?? configuration.socket
            ?? Self.defaultSocket(isRoot: isRoot, environment: environment)
        access = BoundSocket.Access(
            mode: configuration.socketMode ?? (isRoot ? 0o666 : 0o600), group: configuration.socketGroup)
        logLevel = command.logLevel.flatMap { LogLevel(rawValue: $0) } ?? configuration.logLevel
    }

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
