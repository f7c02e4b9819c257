import AWSRuntime
import BrokerAccess
import BrokerWire
import JSONText
import TestSupport
import Testing

@testable import BrokerCore

/// admin.Metrics.
@Suite struct MetricsTests {
    private func metrics(of scene: Scene, at now: Moment = .at(0)) throws -> OpenMetricsText {
        let result = try #require(try scene.askAdmin(.metrics, at: now).reply?["result"])
        #expect(SchemaShape("Metrics", at: .admin).faults(of: result) == [])
        #expect(result["contentType"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        return try OpenMetricsText(parsing: try #require(result["text"]?.string))
    }

    @Test func `the text is OpenMetrics, and each family says what it is`() throws {
        let families = try metrics(of: Scene()).families
        #expect(families.count == 15)
        #expect(families.allSatisfy { $0.name.hasPrefix("macie_broker_") && $0.help?.isEmpty == false })
    }

    @Test func `the counters are those of the status`() throws {
        let scene = Scene(mode: .observe)
        _ = try scene.ask()
        _ = try scene.land(.throttled)
        _ = try scene.ask()
        _ = try scene.land()
        _ = try scene.ask()
        #expect(scene.broker.admit(scene.broker.caller(.alice, connection: 1, at: .at(0))) == nil)
        scene.audit.isAvailable = false
        _ = try scene.ask()
        let metrics = try metrics(of: scene, at: .at(61))
        for (sample, value) in [
            (#"requests_total{outcome="answered"}"#, 2.0), (#"requests_total{outcome="refused"}"#, 1),
            (#"requests_total{outcome="failed"}"#, 1), (#"connections_total{outcome="accepted"}"#, 1),
            (#"connections_total{outcome="refused"}"#, 0), (#"cache_lookups_total{result="hit"}"#, 1),
            (#"cache_lookups_total{result="miss"}"#, 2), ("upstream_calls_total", 4), ("upstream_failures_total", 1),
            ("audit_records_total", 0), ("connections_open", 1), ("requests_waiting", 0), ("cache_entries", 1),
            ("bytes_pending", 0), ("users", 1), ("locked", 0), ("audit_available", 0), ("observing", 1),
            ("uptime_seconds", 61),
        ] { #expect(metrics["macie_broker_" + sample] == value, "\(sample)") }
    }

    @Test(arguments: [
        "", "# EOF", "# EOF\n\n", "a 1\n# EOF\n", "# TYPE a counter\na 1\n# EOF\n", "# TYPE a gauge\n# EOF\n",
        "# TYPE a gauge\na 1\na 2\n# EOF\n", "# TYPE a gauge\na 1\n# TYPE a gauge\na 1\n# EOF\n",
        "# TYPE a counter\na_total -1\n# EOF\n", "# TYPE a gauge\n\na 1\n# EOF\n", "# TYPE a gauge\na  1\n# EOF\n",
        "# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n# EOF\n", "# TYPE a gauge\na{b=\"c\"d\"} 1\n# EOF\n",
        "# TYPE a gauge\na NaNa\n# EOF\n", "# HELP a x\n# TYPE a gauge\na 1\n# EOF\n",
        "# TYPE a gauge\nb 1\n# EOF\n", "# TYPE a counter\na_total 1\n# TYPE a_total gauge\na_total 1\n# EOF\n",
        "# TYPE a-b gauge\na-b 1\n# EOF\n", "# EOF\n# TYPE a gauge\na 1\n",
    ])
    func `what is not OpenMetrics is not taken for it`(text: String) {
        #expect(throws: OpenMetricsText.Fault.self) { try OpenMetricsText(parsing: text) }
    }
}
