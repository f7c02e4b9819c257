/// What has happened since the start, and how many connections there are now.
package struct Counters: Sendable, Equatable {
    package var connectionsOpen = 0
    package var connectionsAccepted: UInt64 = 0
    package var connectionsRefused: UInt64 = 0
    /// Requests answered with a result.
    package var answered: UInt64 = 0
    /// Lines and requests answered with an error before AWS was asked.
    package var refused: UInt64 = 0
    /// Requests answered with an error after waiting for AWS.
    package var failed: UInt64 = 0
    /// Requests sent to AWS, retries included.
    package var upstreamCalls: UInt64 = 0
    package var upstreamFailures: UInt64 = 0
}
