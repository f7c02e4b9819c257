package import JSONText

/// Every limit of the protocol: its name, its unit, its reason and its default, in this one place.
///
/// `rpc.discover` publishes what is in force under `x-limits`; the configuration sets any of them by the same name.
package struct Limits: Sendable, Equatable {
    /// Bytes of one request line, its LF not counted. A line is refused when it grows past this, not when it ends.
    package var requestLineBytes = 65_536
    /// Requests of one connection that wait for AWS at the same time.
    package var requestsInFlightPerConnection = 32
    /// Connections in total; kernel and process descriptors bound it too.
    package var connections = 16_384
    /// Connections of one uid, so that one user cannot take all of them.
    package var connectionsPerUid = 12_288
    /// Seconds a connection may stay silent with nothing in flight.
    package var idleSeconds = 3_600.0
    /// Seconds from a line's first byte to its LF.
    package var lineSeconds = 10.0
    /// Bytes of replies kept for a client that does not read; past it no further request of that client is looked at.
    package var replyBytesPending = 1_048_576
    /// Seconds a client may leave replies unread before it is hung up on.
    package var slowReaderSeconds = 30.0
    /// Seconds one request may wait for its answer.
    package var requestSeconds = 30.0
    /// Requests in total that wait for AWS.
    package var requestsInFlight = 16_384
    /// Requests of one uid that wait for AWS.
    package var requestsInFlightPerUid = 4_096
    /// Requests a second of one uid, over all its connections; as many may come at once. The default is more than one event
    /// loop can answer: users share by turns, so that nobody is slowed down while nobody else asks.
    package var requestsPerSecondPerUid = 1_000_000.0
    /// Calls to AWS a second that one uid may cause, when it has caused a burst of them.
    package var upstreamCallsPerSecondPerUid = 20.0
    /// Calls to AWS that one uid may cause at once.
    package var upstreamCallsBurstPerUid = 200.0
    /// Bytes in total of lines and replies that wait: received and not answered, or answered and not read.
    package var bytesPending = 268_435_456
    /// Bytes of one uid that wait so.
    package var bytesPendingPerUid = 67_108_864

    package init() {}

    /// One limit as `rpc.discover` shows it.
    package struct Entry: Sendable {
        package let name: String
        package let unit: String
        package let reason: String
        package let value: JSONValue
    }

    /// All limits as they are in force, in the order of the declarations above.
    package var catalogue: [Entry] {
        [
            Entry(
                name: "requestLineBytes", unit: "bytes", reason: "bounds the memory one unfinished request can hold",
                value: JSONValue(requestLineBytes)),
            Entry(
                name: "requestsInFlightPerConnection", unit: "requests",
                reason: "bounds what one connection can have waiting for AWS",
                value: JSONValue(requestsInFlightPerConnection)),
            Entry(
                name: "connections", unit: "connections", reason: "bounds descriptors and memory",
                value: JSONValue(connections)),
            Entry(
                name: "connectionsPerUid", unit: "connections", reason: "one user cannot take every connection",
                value: JSONValue(connectionsPerUid)),
            Entry(
                name: "idleSeconds", unit: "seconds", reason: "forgotten connections do not stay for ever",
                value: JSONValue(idleSeconds)),
            Entry(
                name: "lineSeconds", unit: "seconds", reason: "a line that trickles in cannot hold its buffer",
                value: JSONValue(lineSeconds)),
            Entry(
                name: "replyBytesPending", unit: "bytes", reason: "bounds the memory of replies nobody reads",
                value: JSONValue(replyBytesPending)),
            Entry(
                name: "slowReaderSeconds", unit: "seconds", reason: "a client that never reads gives its place back",
                value: JSONValue(slowReaderSeconds)),
            Entry(
                name: "requestSeconds", unit: "seconds", reason: "every request ends, whatever AWS does",
                value: JSONValue(requestSeconds)),
        ] + sharing
    }

    /// What all connections together share.
    private var sharing: [Entry] {
        [
            Entry(
                name: "requestsInFlight", unit: "requests", reason: "bounds the memory of all who wait for AWS",
                value: JSONValue(requestsInFlight)),
            Entry(
                name: "requestsInFlightPerUid", unit: "requests", reason: "one user cannot be all who wait for AWS",
                value: JSONValue(requestsInFlightPerUid)),
            Entry(
                name: "requestsPerSecondPerUid", unit: "requests",
                reason: "bounds the processor time that one user can burn", value: JSONValue(requestsPerSecondPerUid)),
            Entry(
                name: "upstreamCallsPerSecondPerUid", unit: "calls",
                reason: "AWS throttles the account: one user cannot use up what all share",
                value: JSONValue(upstreamCallsPerSecondPerUid)),
            Entry(
                name: "upstreamCallsBurstPerUid", unit: "calls", reason: "leaves people room before the rate counts",
                value: JSONValue(upstreamCallsBurstPerUid)),
            Entry(
                name: "bytesPending", unit: "bytes", reason: "bounds the memory of all lines and replies that wait",
                value: JSONValue(bytesPending)),
            Entry(
                name: "bytesPendingPerUid", unit: "bytes", reason: "one user cannot take all of that memory",
                value: JSONValue(bytesPendingPerUid)),
        ]
    }
}
