internal import BrokerWire

/// What `macie-broker` tells the shell: sysexits.h where it has a word, 1 for AWS's no.
package enum ShellStatus: Int32, Sendable {
    case success = 0
    /// AWS refused.
    case refusedByAWS = 1
    /// The command line makes no sense: EX_USAGE.
    case usage = 64
    /// No broker to be reached: EX_UNAVAILABLE.
    case noBroker = 69
    /// Anything else: EX_SOFTWARE.
    case otherFailure = 70
    /// The same command may succeed later: EX_TEMPFAIL.
    case worthRetrying = 75
    /// The broker's policy refused: EX_NOPERM.
    case refusedByPolicy = 77

    package init(_ failure: ClientFailure) {
        switch failure {
        case .answered(let error): self.init(error)
        case .noBroker: self = .noBroker
        case .timedOut, .connectionClosed: self = .worthRetrying
        case .protocolViolation: self = .otherFailure
        case .badParameters: self = .usage
        }
    }

    private init(_ error: BrokerError) {
        if error.retryable {
            self = .worthRetrying
        } else if error.origin == .aws {
            self = .refusedByAWS
        } else if error.type == BrokerErrorType.permissionDenied.rawValue {
            self = .refusedByPolicy
        } else {
            self = .otherFailure
        }
    }
}
