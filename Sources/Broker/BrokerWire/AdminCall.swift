/// What can be asked at the admin door, with its parameters; `rpc.discover` is a `Call` of both doors.
package enum AdminCall: Sendable, Equatable {
    case reload
    case status
    case metrics
    /// Of one profile; nil: all of them.
    case dropCache(profile: ProfileName?)
    case lock(Passphrase)
    case unlock(Passphrase)
    case setLogLevel(LogLevel)
    indirect case explain(AdminExplainQuery)
    case listCredentials
    indirect case addCredentials(GivenKeys)
    case removeCredentials(profile: ProfileName)
    case dropCredentials

    package var method: Method {
        switch self {
        case .reload: .reload
        case .status: .adminStatus
        case .metrics: .metrics
        case .dropCache: .dropCache
        case .lock: .lock
        case .unlock: .unlock
        case .setLogLevel: .setLogLevel
        case .explain: .adminExplain
        case .listCredentials: .listCredentials
        case .addCredentials: .addCredentials
        case .removeCredentials: .removeCredentials
        case .dropCredentials: .dropCredentials
        }
    }
}

/// How much the broker's log says, by swift-log's names, from all to little.
package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}
