internal import AWSRuntime
internal import BrokerAccess
internal import BrokerServer
internal import BrokerWire
internal import Yams

extension Configuration {
    /// Reads a configuration. Names of users and groups are looked up here, once. `file` is its path, for messages.
    init(yaml: String, file: String) throws(ConfigurationFailure) {
        self.init()
        grants = []
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ConfigurationFailure(yaml: error, file: file)
        }
        guard let root, root.null == nil else { return }
        var section = try YAMLSection(root, in: file, name: "")
        try readSocket(&section)
        try readAnswering(&section)
        if let http = try section.section("http") { self.http = try HTTP(http) }
        if let limits = try section.section("limits") { self.limits = try Limits(limits) }
        if let profiles = try section.section("profiles") { self.profiles = try Self.profiles(profiles) }
        if let audit = try section.section("audit") { self.audit = try Audit(audit) }
        if let admin = try section.section("admin") { self.admin = try Admin(admin) }
        try readPolicy(&section)
        try section.refuseTheRest()
    }

    private mutating func readSocket(_ section: inout YAMLSection) throws(ConfigurationFailure) {
        if let path = try section.text("socket") { socket = try section.socketPath(path) }
        if let mode = try section.text("socketMode") { socketMode = try section.mode(mode, of: "socketMode") }
        if let group = try section.text("socketGroup") { socketGroup = try section.gid(group, of: "socketGroup") }
    }

    private mutating func readAnswering(_ section: inout YAMLSection) throws(ConfigurationFailure) {
        cacheSeconds = try section.seconds("cacheSeconds", in: 0...86_400) ?? cacheSeconds
        cacheEntries = try section.integer("cacheEntries", in: 1...65_536) ?? cacheEntries
        shutdownSeconds = try section.seconds("shutdownSeconds", in: 0...3_600) ?? shutdownSeconds
        if let level = try section.text("logLevel") {
            guard let named = LogLevel(rawValue: level.value) else {
                throw section.failure(at: level.place, "logLevel must be one of \(LogLevel.list)")
            }
            logLevel = named
        }
        try section.refuse("decisionLog", because: "decisionLog is now audit.file")
        allowInsecureEndpoint = try section.flag("allowInsecureEndpoint") ?? allowInsecureEndpoint
        strictPermissions = try section.flag("strictPermissions")
        requireLockedMemory = try section.flag("requireLockedMemory") ?? requireLockedMemory
    }

    private static func profiles(_ section: YAMLSection) throws(ConfigurationFailure) -> [Profile] {
        var section = section
        var profiles: [Profile] = []
        for key in section.keys {
            guard let name = ProfileName(key.value) else {
                throw section.failure(at: key.place, "profile \(key.value): a name has 1 to 64 of A-Z a-z 0-9 _.@+=,-")
            }
            guard let settings = try section.section(key.value) else { continue }
            profiles.append(try Profile(name, settings))
        }
        try section.refuseTheRest()
        guard !profiles.isEmpty else {
            throw section.failure(at: section.place, "profiles must name at least one, or be left out")
        }
        return profiles
    }
}

extension Configuration.HTTP {
    fileprivate init(_ section: YAMLSection) throws(ConfigurationFailure) {
        var section = section
        connectSeconds = try section.seconds("connectSeconds", in: 0.001...3_600) ?? connectSeconds
        attemptSeconds = try section.seconds("attemptSeconds", in: 0.001...3_600) ?? attemptSeconds
        requestSeconds = try section.seconds("requestSeconds", in: 0.001...3_600) ?? requestSeconds
        maximumAttempts = try section.integer("maximumAttempts", in: 1...10) ?? maximumAttempts
        caBundle = try section.text("caBundle")?.value
        try section.refuseTheRest()
    }
}

extension Limits {
    fileprivate init(_ section: YAMLSection) throws(ConfigurationFailure) {
        self.init()
        var section = section
        requestLineBytes = try section.integer("requestLineBytes", in: 1_024...1_048_576) ?? requestLineBytes
        requestsInFlightPerConnection =
            try section.integer("requestsInFlightPerConnection", in: 1...4_096) ?? requestsInFlightPerConnection
        connections = try section.integer("connections", in: 1...1_000_000) ?? connections
        connectionsPerUid = try section.integer("connectionsPerUid", in: 1...1_000_000) ?? connectionsPerUid
        idleSeconds = try section.seconds("idleSeconds", in: 0.05...604_800) ?? idleSeconds
        lineSeconds = try section.seconds("lineSeconds", in: 0.05...3_600) ?? lineSeconds
        replyBytesPending = try section.integer("replyBytesPending", in: 4_096...67_108_864) ?? replyBytesPending
        slowReaderSeconds = try section.seconds("slowReaderSeconds", in: 0.05...3_600) ?? slowReaderSeconds
        requestSeconds = try section.seconds("requestSeconds", in: 0.05...3_600) ?? requestSeconds
        try readShares(&section)
        try section.refuseTheRest()
    }

    private mutating func readShares(_ section: inout YAMLSection) throws(ConfigurationFailure) {
        requestsInFlight = try section.integer("requestsInFlight", in: 1...1_000_000) ?? requestsInFlight
        requestsInFlightPerUid =
            try section.integer("requestsInFlightPerUid", in: 1...1_000_000) ?? requestsInFlightPerUid
        requestsPerSecondPerUid =
            try section.number("requestsPerSecondPerUid", in: 0.1...10_000_000) ?? requestsPerSecondPerUid
        upstreamCallsPerSecondPerUid =
            try section.number("upstreamCallsPerSecondPerUid", in: 0.01...100_000) ?? upstreamCallsPerSecondPerUid
        upstreamCallsBurstPerUid =
            try section.number("upstreamCallsBurstPerUid", in: 1...1_000_000) ?? upstreamCallsBurstPerUid
        bytesPending = try section.integer("bytesPending", in: 1_048_576...68_719_476_736) ?? bytesPending
        bytesPendingPerUid =
            try section.integer("bytesPendingPerUid", in: 65_536...68_719_476_736) ?? bytesPendingPerUid
    }
}

extension Configuration.Profile {
    fileprivate init(_ name: ProfileName, _ section: YAMLSection) throws(ConfigurationFailure) {
        self.init(name: name)
        var section = section
        if let text = try section.text("region") { region = try section.region(text) }
        for text in try section.texts("regions") ?? [] { regions.append(try section.region(text)) }
        endpoint = try section.text("endpoint")?.value
        useFIPS = try section.flag("useFIPS")
        useDualStack = try section.flag("useDualStack")
        allowInsecureEndpoint = try section.flag("allowInsecureEndpoint")
        if let keys = try section.section("credentials") { credentials = try Configuration.Credentials(keys) }
        try section.refuseTheRest()
    }
}

extension ConfigurationFailure {
    /// Yams's own errors, with the place they know.
    fileprivate init(yaml error: any Error, file: String) {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(file: file, place: Place(line: mark.line, column: mark.column), problem: "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.sorted().joined(separator: ", ")
            let place = Place(line: context.mark.line, column: context.mark.column)
            self.init(file: file, place: place, problem: "the same key twice: \(keys)")
        default: self.init(file: file, place: nil, problem: "not YAML")
        }
    }
}

extension LogLevel {
    static var names: [String] { allCases.map(\.rawValue) }
    static var list: String { names.joined(separator: ", ") }
}
