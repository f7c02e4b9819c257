internal import JSONText

/// What the broker answers to `broker.Status`: how it is, as far as the caller may know.
public struct StatusAnswer: Sendable, Hashable {
    /// The program's name, `macie-broker`.
    public let name: String
    /// The program's version.
    public let version: String
    /// The version of the protocol it speaks.
    public let protocolVersion: Int
    /// The broker's process id.
    public let pid: Int
    /// When it started.
    public let startedAt: BrokerTimestamp
    /// How long it has been running, in seconds.
    public let uptimeSeconds: Double
    /// The path of the socket it listens on.
    public let socket: String
    /// `enforce`, or `observe`: what the policy would refuse is let through. nil: the broker is older than modes.
    public let mode: String?
    /// Whether its administrator has locked it, so that every AWS action is refused; nil: the broker is older than locks.
    public let isLocked: Bool?
    /// Its record of decisions; nil: the broker is older than this.
    public let audit: Audit?
    /// The profiles that the caller may use, no others.
    public let profiles: [Profile]
    /// Connections now open, and accepted and refused since the start.
    public let connections: Connections
    /// Requests since the start.
    public let requests: Requests
    /// The cache of answers.
    public let cache: Cache
    /// Calls to AWS since the start.
    public let upstream: Upstream
    /// The whole result as JSON on one line, members that this library does not know included.
    public let json: String

    /// The end of the audit record's chain: kept elsewhere, it shows later whether that end was cut off.
    public struct Audit: Sendable, Hashable {
        /// Whether records can be written.
        public let isAvailable: Bool
        /// The number of the last record; 0 when there is none.
        public let sequence: Int
        /// The SHA-256 of that record, in hexadecimal.
        public let sha256: String
    }

    /// One of the broker's profiles.
    public struct Profile: Sendable, Hashable {
        public let name: String
        /// The region that is asked when a request names none.
        public let region: String?
        public let credentials: Credentials
    }

    /// How a profile's credentials are, never what they are.
    public struct Credentials: Sendable, Hashable {
        /// Where they come from, such as `environment` or `shared-files`.
        public let source: String
        /// `ready` or `unavailable`.
        public let state: String
        /// Why they are unavailable.
        public let reason: String?
        /// When they end; nil when they have no end.
        public let expiresAt: BrokerTimestamp?
    }

    public struct Connections: Sendable, Hashable {
        public let open: Int
        public let accepted: Int
        public let refused: Int
    }

    public struct Requests: Sendable, Hashable {
        /// Answered with a result.
        public let answered: Int
        /// Refused by policy, by a limit, or as malformed.
        public let refused: Int
        /// Answered with AWS's error or the broker's own.
        public let failed: Int
    }

    public struct Cache: Sendable, Hashable {
        public let entries: Int
        public let hits: Int
        public let misses: Int
    }

    public struct Upstream: Sendable, Hashable {
        public let calls: Int
        public let failures: Int
    }
}

extension StatusAnswer {
    init(_ value: JSONValue) throws(ClientFailure) {
        let result = try ResultObject(value, at: "result")
        json = value.text
        name = try result.string("name")
        version = try result.string("version")
        protocolVersion = try result.integer("protocol")
        pid = try result.integer("pid")
        startedAt = try result.timestamp("startedAt")
        uptimeSeconds = try result.number("uptimeSeconds")
        socket = try result.string("socket")
        mode = try result.optionalString("mode")
        isLocked = try result.optionalBool("locked")
        audit = try result.optionalObject("audit").map { audit throws(ClientFailure) in try Audit(audit) }
        var profiles: [Profile] = []
        for profile in try result.objects("profiles") { profiles.append(try Profile(profile)) }
        self.profiles = profiles
        let connections = try result.object("connections")
        self.connections = Connections(
            open: try connections.integer("open"), accepted: try connections.integer("accepted"),
            refused: try connections.integer("refused"))
        let requests = try result.object("requests")
        self.requests = Requests(
            answered: try requests.integer("answered"), refused: try requests.integer("refused"),
            failed: try requests.integer("failed"))
        let cache = try result.object("cache")
        self.cache = Cache(
            entries: try cache.integer("entries"), hits: try cache.integer("hits"),
            misses: try cache.integer("misses"))
        let upstream = try result.object("upstream")
        self.upstream = Upstream(calls: try upstream.integer("calls"), failures: try upstream.integer("failures"))
    }
}

extension StatusAnswer.Profile {
    init(_ profile: ResultObject) throws(ClientFailure) {
        name = try profile.string("name")
        region = try profile.optionalString("region")
        let found = try profile.object("credentials")
        credentials = StatusAnswer.Credentials(
            source: try found.string("source"), state: try found.string("state"),
            reason: try found.optionalString("reason"), expiresAt: try found.optionalTimestamp("expiresAt"))
    }
}

extension StatusAnswer.Audit {
    init(_ audit: ResultObject) throws(ClientFailure) {
        isAvailable = try audit.bool("available")
        sequence = try audit.integer("sequence")
        sha256 = try audit.string("sha256")
    }
}
