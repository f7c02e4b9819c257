package import AWSCredentials
package import AWSRuntime
package import BrokerAccess
package import BrokerWire

/// Everything that can go wrong between a client's line and its answer. `ErrorReply.init(_: Failure)` is the one place where
/// these become what the client hears.
package enum Failure: Error, Sendable {
    /// The line was no request.
    case refused(RequestRefusal)
    /// Policy said no.
    case denied(Denial)
    /// The request names no region and its profile has none.
    case regionMissing(profile: ProfileName)
    /// The request names no profile, and there is more than one and none called `default`.
    case profileMissing
    case regionUnknown
    /// A grant with a wildcard covers a profile that nobody configured.
    case profileUnknown
    case credentials(CredentialFailure, of: ProfileName)
    case call(AWSCallFailure)
    /// AWS's answer is longer than any client can be expected to take.
    case answerTooLong(limit: Int)
    /// The profile's endpoint settings contradict each other.
    case endpoint(EndpointFailure)
    /// The waiter's own deadline passed; the flight may still land.
    case waitedTooLong(seconds: Double)
    /// Of one connection, or of all connections of one user.
    case tooManyInFlight(limit: Int, ofThisUser: Bool)
    /// All connections together have that many requests waiting for AWS.
    case overloaded(limit: Int)
    /// The user asks more often than they may; when they may again.
    case tooManyRequests(seconds: Double)
    /// The user has caused more calls to AWS than they may; when they may again.
    case tooManyUpstreamCalls(seconds: Double)
    /// So many bytes of lines and replies wait.
    case tooMuchPending(limit: Int, ofThisUser: Bool)
    case lineTooLong(limit: Int)
    case lineTooSlow(seconds: Double)
    case idle(seconds: Double)
    case readsTooSlowly(seconds: Double)
    case tooManyConnections(limit: Int, ofThisUser: Bool)
    case shuttingDown
    /// An administrator has locked the broker.
    case locked
    /// The record of the request cannot be written.
    case auditUnavailable
    case wrongPassphrase
    /// A passphrase is being checked already, or a wrong one still costs its time.
    case passphraseBeingChecked
    /// The configuration was read and cannot be put in force.
    case configurationInvalid(ConfigurationProblem)
    /// Who came to the administrator's door may not come in.
    case notAdministrator
    /// No profile of that name is configured.
    case noSuchProfile
    /// Keys that an administrator has given cannot be used, for this reason.
    case keysUnusable(String)
    /// The process that asks was started by the broker, to get the credentials that it asks with.
    case askedByItself
    /// The host has no user or group of that name.
    case noSuchAccount(String)
    /// A state that cannot be; the detail is in the broker's log.
    case impossible

    /// A denial with what the client needs to have it mended.
    package struct Denial: Sendable {
        package let peer: Peer
        package let user: String?
        package let request: AccessRequest
        /// The profile and the region that the client named; what the only profile is called, or what a profile's own
        /// region is, a stranger does not hear.
        package let askedProfile: ProfileName?
        package let askedRegion: String?
        package let denial: BrokerAccess.Denial
        /// Where the administrator would add a grant.
        package let policySource: String
    }
}

extension Failure {
    /// The limit that was met, by its name in the configuration; nil for other failures.
    var limit: String? {
        switch self {
        case .tooManyInFlight(_, let ofThisUser):
            ofThisUser ? "requestsInFlightPerUid" : "requestsInFlightPerConnection"
        case .overloaded: "requestsInFlight"
        case .tooManyRequests: "requestsPerSecondPerUid"
        case .tooManyUpstreamCalls: "upstreamCallsPerSecondPerUid"
        case .tooMuchPending(_, let ofThisUser): ofThisUser ? "bytesPendingPerUid" : "bytesPending"
        case .tooManyConnections(_, let ofThisUser): ofThisUser ? "connectionsPerUid" : "connections"
        case .lineTooLong: "requestLineBytes"
        case .lineTooSlow: "lineSeconds"
        case .readsTooSlowly: "slowReaderSeconds"
        case .refused, .denied, .regionMissing, .profileMissing, .regionUnknown, .profileUnknown, .credentials, .call,
            .answerTooLong, .endpoint, .waitedTooLong, .idle, .shuttingDown, .locked, .auditUnavailable,
            .wrongPassphrase, .passphraseBeingChecked, .configurationInvalid, .notAdministrator, .noSuchAccount,
            .noSuchProfile, .keysUnusable, .askedByItself, .impossible:
            nil
        }
    }
}
