internal import AWSRuntime
package import BrokerAccess
package import BrokerWire
internal import Macie2

/// Everything that the configuration decides about answering, in force until the next one. A class, for every request looks at
/// it and need not copy it.
package final class BrokerSetup: Sendable {
    /// What stays the same from the broker's start to its end.
    package struct Identity: Sendable {
        package let version: String
        package let socketPath: String
        package let processID: Int32
        package let started: Moment

        package init(version: String, socketPath: String, processID: Int32, started: Moment) {
            self.version = version
            self.socketPath = socketPath
            self.processID = processID
            self.started = started
        }
    }

    package let identity: Identity
    package let profiles: Profiles
    package let policy: Policy
    /// The configuration's path; nil where there is no file.
    package let policyFile: String?
    /// The SHA-256 of that file, in hexadecimal.
    package let policySHA256: String?
    /// Where a person adds a grant: the configuration's path, or where one would be.
    package let policySource: String
    package let limits: Limits
    package let cacheSeconds: Double
    package let cacheEntries: Int
    /// Whether what cannot be recorded is refused.
    package let refusesUnrecorded: Bool
    /// Where records go, by the configuration; nil: to standard error.
    package let auditFile: String?
    /// Whether records say which program asks, and in which unit.
    package let recordsProcesses: Bool
    /// When it came in force.
    package let loaded: Moment
    package let upstream: any Upstream
    /// The OpenRPC documents with the limits in force, ready to send.
    private let documents: [Door: [UInt8]]

    package init(
        identity: Identity, profiles: Profiles, policy: Policy, policyFile: String?, policySHA256: String?,
        policySource: String, limits: Limits, cacheSeconds: Double, cacheEntries: Int, refusesUnrecorded: Bool,
        auditFile: String?, recordsProcesses: Bool, loaded: Moment, upstream: any Upstream
    ) {
        self.identity = identity
        self.profiles = profiles
        self.policy = policy
        self.policyFile = policyFile
        self.policySHA256 = policySHA256
        self.policySource = policySource
        self.limits = limits
        self.cacheSeconds = cacheSeconds
        self.cacheEntries = cacheEntries
        self.refusesUnrecorded = refusesUnrecorded
        self.auditFile = auditFile
        self.recordsProcesses = recordsProcesses
        self.loaded = loaded
        self.upstream = upstream
        documents = Dictionary(
            uniqueKeysWithValues: Door.allCases.map { ($0, Discovery.document(of: $0, limits: limits)) })
    }

    func discovery(at door: Door) -> [UInt8] { documents[door] ?? [] }
}
