internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire
internal import JSONText

/// The answer to `admin.Metrics`: counters and gauges in the OpenMetrics text format 1.0.
struct MetricsReport {
    static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    private let broker: Broker
    private let now: Moment

    init(_ broker: Broker, at now: Moment) {
        self.broker = broker
        self.now = now
    }

    var json: JSONValue { ["contentType": .string(Self.contentType), "text": .string(text)] }

    private var text: String {
        let counters = broker.counters
        var lines: [String] = []
        func counter(_ name: String, _ help: String, _ samples: [(label: String, value: UInt64)]) {
            lines += ["# TYPE macie_broker_\(name) counter", "# HELP macie_broker_\(name) \(help)"]
            lines += samples.map { "macie_broker_\(name)_total\($0.label) \($0.value)" }
        }
        func gauge(_ name: String, _ help: String, _ value: String) {
            lines += ["# TYPE macie_broker_\(name) gauge", "# HELP macie_broker_\(name) \(help)"]
            lines.append("macie_broker_\(name) \(value)")
        }
        counter(
            "requests", "Requests that got their reply, by how it came out.",
            [
                ("{outcome=\"answered\"}", counters.answered), ("{outcome=\"refused\"}", counters.refused),
                ("{outcome=\"failed\"}", counters.failed),
            ])
        counter(
            "connections", "Connections, by whether they were let in.",
            [
                ("{outcome=\"accepted\"}", counters.connectionsAccepted),
                ("{outcome=\"refused\"}", counters.connectionsRefused),
            ])
        counter(
            "cache_lookups", "Look-ups of the cache.",
            [("{result=\"hit\"}", broker.cache.hits), ("{result=\"miss\"}", broker.cache.misses)])
        counter("upstream_calls", "Requests sent to AWS, retries included.", [("", counters.upstreamCalls)])
        counter("upstream_failures", "Calls to AWS that brought no session.", [("", counters.upstreamFailures)])
        counter("audit_records", "Records of the audit chain, over all its files.", [("", broker.audit.head.sequence)])
        gauge("connections_open", "Connections now.", String(counters.connectionsOpen))
        gauge("requests_waiting", "Requests that wait for AWS now.", String(broker.board.waiting))
        gauge("cache_entries", "Answers in the cache now.", String(broker.cache.count))
        gauge("bytes_pending", "Bytes of lines and replies that wait now.", String(broker.ledger.bytesPending))
        gauge("users", "Users that the broker keeps account of now.", String(broker.ledger.count))
        gauge("locked", "1 while the broker is locked.", broker.lock.isLocked ? "1" : "0")
        gauge("audit_available", "1 while records can be written.", broker.audit.isAvailable ? "1" : "0")
        gauge("observing", "1 in mode observe.", broker.setup.policy.mode == .observe ? "1" : "0")
        gauge(
            "uptime_seconds", "Seconds since the start.",
            String(Int64(now.seconds(since: broker.setup.identity.started))))
        return (lines + ["# EOF", ""]).joined(separator: "\n")
    }
}
