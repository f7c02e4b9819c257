package import AWSCredentials
package import BrokerWire
package import Macie2
package import Timestamps

/// Where sessions come from on a miss. The one asynchronous step of the road.
package protocol Upstream: Sendable {
    /// Fetches what `key` names. Never throws: a failure is an answer too.
    func fetch(_ key: SessionKey) async -> FlightOutcome
    /// What is known of a profile's credentials without asking anybody.
    func credentialState(of profile: ProfileName) -> CredentialState
    /// While locked nothing is signed, not even another attempt of a call that is under way.
    func setLocked(_ isLocked: Bool)
    /// Whether programs have been started to get credentials from them.
    var hasStartedProcesses: Bool { get }
    /// To be called about twice a second: credentials are renewed before they are missed.
    func lookAfter()
    /// All credentials that are held, or were looked for in vain.
    func credentials() -> [CredentialEntry]
    /// Keys from an administrator, which count before the profile's own source.
    func give(_ keys: GivenKeys, at now: Timestamp) -> Result<CredentialEntry, Failure>
    /// Wipes what is held for a profile: how many credentials that were; nil when there is no such profile.
    func removeCredentials(of profile: ProfileName) -> Int?
    /// Wipes everything: how many credentials that were.
    func dropCredentials() -> Int
}

/// What an administrator is told of one credential. There is no secret in it.
package struct CredentialEntry: Sendable {
    package let profile: ProfileName
    package let account: CredentialAccount

    package init(profile: ProfileName, account: CredentialAccount) {
        self.profile = profile
        self.account = account
    }
}

/// What a flight brings home.
package enum FlightOutcome: Sendable {
    case session(MacieSession, requestID: String?, attempts: Int)
    case failure(Failure)
}

/// What `broker.Status` says of a profile's credentials.
package struct CredentialState: Sendable, Equatable {
    package enum Readiness: Sendable, Equatable {
        /// Nobody has needed them yet.
        case untried
        /// They were there the last time; when they expire, if they do.
        case ready(expiresAt: Timestamp?)
        case unavailable(reason: String)
    }

    /// `environment`, `shared-files`, …
    package let source: String
    package let readiness: Readiness

    package init(source: String, readiness: Readiness) {
        self.source = source
        self.readiness = readiness
    }
}
