internal import AWSCredentials
internal import AWSRuntime
internal import BrokerAccess
internal import BrokerServer
internal import BrokerWire

/// The configuration, documented where it is declared; README.md shows it in ten lines. Everything has a default.
struct Configuration {
    /// `socket`: where clients connect. Default: /run/macie-broker/broker.sock as root, else
    /// $XDG_RUNTIME_DIR/macie-broker/broker.sock.
    var socket: SocketPath?
    /// `socketMode`: permission bits, octal. Default: 0666 as root (everybody may knock, policy decides), else 0600.
    var socketMode: UInt32?
    /// `socketGroup`: the socket's group, by name or number. Default: the broker's own.
    var socketGroup: UInt32?
    /// `cacheSeconds`: how long an answer may be given again, 0 to 86,400; 0 turns the cache off.
    var cacheSeconds = 30.0
    /// `cacheEntries`: answers kept at most, 1 to 65,536.
    var cacheEntries = 256
    /// `shutdownSeconds`: how long requests in flight are waited for when the broker stops, 0 to 3,600.
    var shutdownSeconds = 10.0
    /// `logLevel`: trace, debug, info, notice, warning, error or critical.
    var logLevel = LogLevel.info
    /// `audit`: where records go, and what happens when they cannot.
    var audit = Audit()
    /// `admin`: the socket of those who run the broker.
    var admin = Admin()
    /// `strictPermissions`: whether files with keys that others can read are refused. Default: as root yes, else a warning.
    var strictPermissions: Bool?
    /// `requireLockedMemory`: whether the broker refuses to start where memory for secrets cannot be locked.
    var requireLockedMemory = false
    /// `allowInsecureEndpoint`: whether endpoints may be plain http to a host that is not this one.
    var allowInsecureEndpoint = false
    /// `http`: how AWS is reached.
    var http = HTTP()
    /// `limits`: by the names that rpc.discover shows.
    var limits = Limits()
    /// `profiles`: by name. Default: one, `default`, from the default credential chain.
    var profiles: [Profile] = [Profile(name: .fallback)]
    /// `mode`: `enforce`, or `observe`, which lets through and records what would be denied.
    var mode = Policy.Mode.enforce
    /// `grants`: who may do what. Default deny; nil without a configuration file: then the broker's own user may do all.
    var grants: [Rule]?
    /// `denies`: who may not do what, whatever is granted.
    var denies: [Rule] = []

    /// docs/AUDIT.md says what a record holds.
    struct Audit {
        /// `enabled`: without it nothing is recorded, and the broker says so wherever it can.
        var isEnabled = true
        /// `file`: absolute. Default: standard error.
        var file: String?
        /// `rotateBytes`: the length at which a new file is begun; 0: never. Less than 65,536 would be little but files.
        var rotateBytes = 67_108_864
        /// `whenUnavailable`: `refuse` requests while no record can be written, or `allow` them.
        var refusesWhenUnavailable = true
        /// `processes`: whether records name the program and the unit.
        var recordsProcesses = true
    }

    struct Admin: Equatable {
        /// `enabled`.
        var isEnabled = true
        /// `socket`: default: the path of the socket for clients, and `.admin`.
        var socket: SocketPath?
        /// `mode`: permission bits, octal.
        var mode: UInt32 = 0o600
        /// `group`: the socket's group, by name or number. Default: the broker's own.
        var group: UInt32?
    }

    struct HTTP {
        /// `connectSeconds`: TCP and TLS.
        var connectSeconds = 3.0
        /// `attemptSeconds`: one attempt, from connecting to the last byte.
        var attemptSeconds = 10.0
        /// `requestSeconds`: all attempts and the pauses between them.
        var requestSeconds = 20.0
        /// `maximumAttempts`: 1 to 10.
        var maximumAttempts = 3
        /// `caBundle`: a PEM file of the authorities to trust instead of the system's.
        var caBundle: String?
    }

    struct Profile {
        let name: ProfileName
        /// `region`: where requests go that name none. Default: AWS_REGION, AWS_DEFAULT_REGION, the shared files.
        var region: Region?
        /// `regions`: more regions that grants without a list of their own cover.
        var regions: [Region] = []
        /// `endpoint`: a URL instead of AWS's own. Default: what AWS_ENDPOINT_URL_MACIE2, AWS_ENDPOINT_URL and the shared files
        /// say.
        var endpoint: String?
        /// `useFIPS`, `useDualStack`. Default: AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and the shared files.
        var useFIPS: Bool?
        var useDualStack: Bool?
        /// `allowInsecureEndpoint`. Default: the file's own setting of that name.
        var allowInsecureEndpoint: Bool?
        var credentials = Credentials()
    }

    /// `credentials`: where a profile's keys come from.
    struct Credentials: Equatable {
        enum Source: String, CaseIterable {
            /// The environment, the shared files, a web identity, a container's agent, an instance's metadata service.
            case defaultChain = "default"
            case environment
            case sharedFiles = "shared-files"
            case webIdentity = "web-identity"
            case process
            case container
            case instanceMetadata = "instance-metadata"
            case systemd
            /// Only what an administrator gives.
            case given
        }

        /// `source`.
        var source = Source.defaultChain
        /// `profile`: the profile of the shared files. Default: AWS_PROFILE, then `default`.
        var profile: String?
        /// `configFile`, `credentialsFile`: instead of AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE.
        var configFile: String?
        var credentialsFile: String?
        /// `command`: what `source: process` runs, as `credential_process`.
        var command: String?
        /// `credential`: the id of what systemd hands over. Default: `aws`.
        var credential: String?
        /// `role`: assumed with what the source gives.
        var role: RoleSettings?
        /// `roleSessionName`, `sourceIdentity`, `sessionTags`, `sessionPolicy`, `sessionPolicyArns`: how the session of the last
        /// role is named and held down, whoever names the role.
        var session = RoleSession()
    }
}

extension ProfileName {
    /// The profile that there is without a configuration. Its name is a constant, so the check below cannot fail on what
    /// comes from outside.
    static let fallback: ProfileName = {
        guard let name = ProfileName(defaultName) else { preconditionFailure("\"default\" is a profile's name") }
        return name
    }()
}
