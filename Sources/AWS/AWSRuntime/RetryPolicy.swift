/// Which failures are tried again, and after how long: the SDKs' "standard" retry mode, as botocore runs it
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>). Decides; never waits.
package struct RetryPolicy: Sendable, Equatable {
    /// Requests sent for one call, the first included.
    package var maximumAttempts: Int
    /// The longest pause between two attempts, in seconds.
    package var maximumPause: Double

    package init(maximumAttempts: Int = 3, maximumPause: Double = 20) {
        self.maximumAttempts = maximumAttempts
        self.maximumPause = maximumPause
    }

    /// What a retry takes from the quota.
    package enum Cost: Int, Sendable {
        case ordinary = 5
        /// Timeouts are dearer: each has already held a connection for long.
        case timeout = 10
    }

    /// What another attempt costs; nil when the failure would only repeat itself.
    package func costOfRetrying(_ cause: AWSCallFailure.Cause) -> Cost? {
        switch cause {
        case .service(let error): error.isTransient ? .ordinary : nil
        case .exchange(.connectTimedOut), .exchange(.attemptTimedOut): .timeout
        case .exchange(.cannotConnect), .exchange(.tls), .exchange(.connectionClosed), .exchange(.proxy),
            .exchange(.other):
            .ordinary
        case .exchange(.responseTooLarge), .malformed, .deadline, .signing, .gateShut: nil
        }
    }

    /// Seconds between attempt `attempt` (from 1) and the next: rand(0, 1) · min(2^(attempt − 1), 20).
    /// `random` goes from 0 to 1; anything else is held within.
    package func pause(afterAttempt attempt: Int, random: Double) -> Double {
        let exponent = min(max(attempt - 1, 0), 30)
        return min(max(random, 0), 1) * min(Double(1 << exponent), maximumPause)
    }
}

extension ServiceError {
    /// Whether the same request may well succeed later: throttling, a request that came too slowly, an ailing server.
    /// By code first; by status only for 500, 502, 503 and 504. 429 alone is not enough.
    package var isTransient: Bool {
        isThrottling || Self.timeoutCodes.contains(code) || [500, 502, 503, 504].contains(httpStatus)
    }

    package var isThrottling: Bool { Self.throttlingCodes.contains(code) }

    private static let throttlingCodes: Set<String> = [
        "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException", "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
        "RequestThrottledException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
        "TooManyRequestsException", "TransactionInProgressException",
    ]

    private static let timeoutCodes: Set<String> = ["RequestTimeout", "RequestTimeoutException"]
}
