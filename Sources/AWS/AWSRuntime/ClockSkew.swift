import Synchronization
package import Timestamps

/// How far this host's clock is from AWS's, learnt from refusals and kept for the next calls.
///
/// SigV4 requests are refused when their date is some minutes off. The refusal's `Date` header tells the time at AWS;
/// the offset is that minus the time of signing. Safe to share between threads; the last one to learn counts.
package final class ClockSkew: Sendable {
    /// Seconds: less is no skew but the time under way, and AWS tolerates it.
    package static let tolerance = 300.0

    private let milliseconds = Atomic<Int>(0)

    package init() {}

    /// Seconds to add to the local clock; 0 until a refusal has told otherwise.
    package var offset: Double { Double(milliseconds.load(ordering: .relaxed)) / 1000 }

    /// AWS's time when the local clock shows `local`.
    package func corrected(_ local: Timestamp) -> Timestamp {
        let offset = offset
        return offset == 0 ? local : local.adding(seconds: offset)
    }

    /// Learns from a refusal of a request that was signed when the local clock showed `signedAt`. True when the refusal
    /// was about the clock, and the next attempt will carry another time.
    package func learn(from error: ServiceError, in response: HTTPExchangeResponse, signedAt: Timestamp) -> Bool {
        guard Self.codes.contains(error.code),
            let theirs = response.header("date").flatMap({ Timestamp(parsingHTTPDate: $0) })
        else { return false }
        let measured = theirs.secondsSince(signedAt)
        guard abs(measured - offset) >= Self.tolerance else { return false }
        milliseconds.store(abs(measured) < Self.tolerance ? 0 : Int(measured * 1000), ordering: .relaxed)
        return true
    }

    private static let codes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch",
    ]
}
