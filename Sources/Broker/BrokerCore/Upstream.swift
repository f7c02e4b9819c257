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
