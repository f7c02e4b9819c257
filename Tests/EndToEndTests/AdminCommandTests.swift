import Foundation
import JSONText
import TestSupport
import Testing

/// `macie-broker admin …` against a real broker: what people read, and what programs do.
@Suite struct AdminCommandTests {
    private let fixture: ServerFixture
    private var broker: BrokerProcess { fixture.broker }
    private var audit: AuditFiles { AuditFiles(fixture.workplace.path + "/audit.jsonl") }

    init() throws { fixture = try ServerFixture { "audit: {file: \($0.path)/audit.jsonl}\ncacheSeconds: 3600" } }

    /// Runs a command that has to succeed.
    private func admin(_ words: String...) throws -> Outcome {
        let outcome = try broker.admin(words)
        #expect(outcome.status == 0, "\(outcome)")
        return outcome
    }

    @Test func `status tells programs everything, and people in words`() throws {
        _ = try broker.ask(["session"])
        let json = try admin("status", "--output", "json").json
        #expect(json["pid"] == JSONValue(broker.pid))
        #expect(json["policy"]?["file"]?.string == broker.configurationFile)
        #expect(json["policy"]?["sha256"]?.string?.count == 64)
        #expect(json["policy"]?["grants"] == 1 && json["policy"]?["denies"] == 0)
        #expect(json["audit"]?["file"]?.string == audit.path && json["audit"]?["available"] == true)
        #expect(json["limits"]?["requestLineBytes"] == 65_536)
        #expect(json["profiles"]?.array?.first?["credentials"]?["state"] == "ready")
        #expect(json["cache"]?["entries"] == 1)
        let text = try admin("status").out
        for words in ["audit file", audit.path, "1 grant, 0 denies", "requestLineBytes 65536", "log level", "default"] {
            #expect(text.contains(words), "\(words) is not in \(text)")
        }
    }

    @Test func `the head that status shows is that of the last record`() throws {
        let json = try admin("status", "--output", "json").json["audit"]
        let lines = try String(contentsOfFile: audit.path, encoding: .utf8).split(separator: "\n")
        // The status is of before its own record.
        let sequence = try #require(json?["sequence"]?.integer)
        let chained = try #require(lines.dropFirst(Int(sequence)).first)
        #expect(try JSONValue(parsing: Array(chained.utf8))["prev"] == json?["sha256"])
    }

    @Test func `metrics are OpenMetrics, as they are and in JSON`() throws {
        _ = try broker.ask(["session"])
        _ = try broker.ask(["session"])
        let metrics = try OpenMetricsText(parsing: try admin("metrics").out)
        #expect(metrics[#"macie_broker_cache_lookups_total{result="hit"}"#] == 1)
        #expect(metrics["macie_broker_upstream_calls_total"] == 1)
        let json = try admin("metrics", "--output", "json").json
        let again = try OpenMetricsText(parsing: try #require(json["text"]?.string))
        #expect(again.families.map(\.name) == metrics.families.map(\.name))
    }

    @Test func `a cache that is dropped is asked of AWS again`() throws {
        for _ in 1...2 { _ = try broker.ask(["session"]) }
        #expect(try fixture.simulator.calls() == (1, 0))
        #expect(try admin("drop-cache", "--profile", "other").out == "0 cached answers dropped\n")
        #expect(try admin("drop-cache").out == "1 cached answer dropped\n")
        _ = try broker.ask(["session"])
        #expect(try fixture.simulator.calls() == (2, 0))
        #expect(try admin("drop-cache", "--profile", "default", "--output", "json").json == ["dropped": 1])
    }

    @Test func `a log level counts from then on`() throws {
        func reloadWrongly() throws { #expect(try broker.admin(["reload"]).status == 70) }
        try broker.replaceConfiguration("nonsense: 1")
        #expect(try admin("set-log-level", "critical").out == "log level critical, info before\n")
        try reloadWrongly()
        #expect(!broker.standardError().contains("nonsense"))
        let back = try admin("set-log-level", "error", "--output", "json").json
        #expect(back == ["level": "error", "previous": "critical"])
        #expect(try broker.adminStatus()["logLevel"] == "error")
        try reloadWrongly()
        #expect(broker.standardError().contains("unknown key nonsense"))
        let refused = try broker.admin(["set-log-level", "loud"])
        #expect(refused.status == 64 && refused.err.contains("A level is one of"))
    }

    @Test func `a reload puts another policy in force, and tells it`() throws {
        #expect(try broker.ask(["session"]).status == 0)
        try broker.replaceConfiguration(
            fixture.simulator.configuration(
                in: fixture.workplace, grants: "grants: []", "audit: {file: \(audit.path)}\nshutdownSeconds: 3"))
        let reloaded = try admin("reload", "--output", "json").json
        #expect(reloaded["policy"]?["grants"] == 0)
        #expect(reloaded["needsRestart"] == ["shutdownSeconds"])
        #expect(try broker.ask(["session"]).status == 77, "what is cached is refused too")
        #expect(try broker.adminStatus()["policy"] == reloaded["policy"])
        let text = try admin("reload").out
        for words in ["0 grants", "restart for", "shutdownSeconds"] { #expect(text.contains(words), "\(text)") }
        let events = try audit.records(of: "reload")
        #expect(events.map { $0["outcome"] } == ["ok", "ok"])
        #expect(events.last?["policySHA256"] == reloaded["policy"]?["sha256"])
    }

    @Test func `a configuration that is wrong is told with its place, everywhere, and changes nothing`() throws {
        let before = try broker.adminStatus()["policy"]
        try broker.replaceConfiguration(
            """
            grants:
              - {name: g, users: [root], actions: ["*"], actoins: ["*"]}
            """)
        let place = "\(try #require(broker.configurationFile)):2:46: "
        let refused = try broker.admin(["reload"])
        #expect(refused.status == 70 && refused.out.isEmpty)
        #expect(refused.err.contains(place + "unknown key actoins"), "\(refused)")
        #expect(refused.err.contains("next: "))
        #expect(broker.standardError().contains(place))
        let event = try #require(try audit.records(of: "reload").last)
        #expect(event["outcome"]?.string?.hasPrefix(place) == true)
        #expect(event["policySHA256"] == before?["sha256"], "the one in force")
        #expect(try broker.adminStatus()["policy"] == before)
        #expect(try broker.ask(["session"]).status == 0)
    }

    @Test func `a running broker explains itself to the caller, and anybody to the administrator`() throws {
        try broker.replaceConfiguration(
            fixture.simulator.configuration(
                in: fixture.workplace,
                grants: "grants: [{name: staff, groups: [\"52000\"], actions: [\"macie2:*\"]}]"))
        _ = try admin("reload")
        let action = "macie2:GetMacieSession"
        let own = try broker.ask(["explain", action, "--output", "json"])
        #expect(own.status == 77 && own.json["allowed"] == false, "\(own)")
        #expect(!own.out.contains("staff"), "a rule that does not name the caller")
        let granted = try broker.admin(["explain", action, "--user", "7", "--group", "52000", "--output", "json"])
        #expect(granted.status == 0)
        let rule = try #require(granted.json["rule"])
        #expect(rule["name"] == "staff")
        #expect(rule["at"]?.string?.hasPrefix("\(broker.configurationFile ?? "?"):") == true)
        let denied = try broker.admin(["explain", action, "--user", "7"])
        #expect(denied.status == 77)
        #expect(denied.out.contains("nearest") && denied.out.contains("caller"), "\(denied)")
        #expect(try fixture.simulator.calls() == (0, 0))
    }

    /// macie-broker becomes macie-brokerd, which answers from the file alone.
    @Test func `with --config the file is asked, not the broker, and it says the same`() throws {
        let words = [
            "explain", "--config", try #require(broker.configurationFile), "--user", "7", "--output", "json",
            "macie2:GetMacieSession",
        ]
        let offline = try Client.run(words, socket: nil)
        #expect(offline.status == 0, "\(offline)")
        let online = try broker.admin(["explain", "macie2:GetMacieSession", "--user", "7", "--output", "json"])
        for member in ["allowed", "rule", "uid", "profile", "region", "mode"] {
            #expect(offline.json[member] == online.json[member], "\(member)")
        }
        try broker.replaceConfiguration("grants: []")
        #expect(try Client.run(words, socket: nil).status == 77)
        #expect(try broker.admin(["explain", "macie2:GetMacieSession", "--user", "7"]).status == 0, "not reloaded")
    }

    @Test func `the socket is found by its variable, and beside the other one`() throws {
        func status(_ environment: [String: String]) throws -> Int32 {
            try Client.run(["admin", "status"], socket: nil, environment: environment).status
        }
        #expect(try status(["MACIE_BROKER_ADMIN_SOCKET": broker.adminPath]) == 0)
        #expect(try status(["MACIE_BROKER_SOCKET": broker.socketPath]) == 0)
        #expect(try status(["MACIE_BROKER_ADMIN_SOCKET": broker.socketPath]) == 70, "the wrong door")
        #expect(try status(["MACIE_BROKER_SOCKET": "/nowhere"]) == 69)
    }
}
