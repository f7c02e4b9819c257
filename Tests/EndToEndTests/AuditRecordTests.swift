import Foundation
import JSONText
import Testing

/// What the audit says of requests, of the broker's life and of who ran it; and that it goes on through rotations.
@Suite struct AuditRecordTests {
    private let fixture: ServerFixture
    private var broker: BrokerProcess { fixture.broker }
    private var audit: AuditFiles { AuditFiles(fixture.workplace.path + "/audit.jsonl") }

    init() throws {
        fixture = try ServerFixture { "audit: {file: \($0.path)/audit.jsonl}\nlimits: {upstreamCallsBurstPerUid: 4}" }
    }

    @Test func `a request's record says who, by which program and rule, and what came of it`() throws {
        let asking = try Client.start(["session"], socket: broker.socketPath)
        #expect(try asking.finish(seconds: 30).status == 0)
        let record = try #require(try audit.records(of: "request").last)
        #expect(record["uid"] == JSONValue(getuid()) && record["gid"] == JSONValue(getgid()))
        #expect(record["user"]?.string?.isEmpty == false)
        #expect(record["pid"] == JSONValue(asking.process.pid))
        #expect(record["executable"]?.string == (try Programs.stage().client))
        #expect(record["connection"]?.integer ?? 0 > 0 && record["id"] != nil)
        #expect(record["action"] == "macie2:GetMacieSession")
        #expect(record["profile"] == "default" && record["region"] == "us-east-1")
        #expect(record["decision"] == "allow" && record["rule"] == "everybody")
        #expect(record["ruleAt"]?.string?.hasPrefix("\(broker.configurationFile ?? "?"):") == true)
        #expect(record["outcome"] == "ok" && record["cached"] == false)
        #expect(record["requestId"]?.string?.isEmpty == false)
        #expect(record["microseconds"]?.integer ?? 0 > 0)
    }

    @Test func `each kind of end has its record, with what was decided`() throws {
        let connection = try fixture.connect()
        let elsewhere =
            #"{"jsonrpc":"2.0","id":3,"method":"macie2.GetMacieSession","params":{"region":"eu-north-1"}}"#
        let explain = #"{"jsonrpc":"2.0","id":4,"method":"broker.Explain","params":{"action":"a:B"}}"#
        for (line, outcome, decision) in [
            (RequestLine.session(1), "ok", "allow"), (RequestLine.session(2), "ok", "allow"),
            (elsewhere, "PermissionDenied", "deny"), (explain, "ok", "allow"),
            (RequestLine.whoAmI(5), "ok", "allow"), (RequestLine.discover(6), "ok", "allow"),
        ] {
            let reply = try connection.ask(line)
            let record = try #require(try audit.records(of: "request").last)
            #expect(record["id"] == reply["id"], "the record was there before the reply")
            #expect(record["outcome"]?.string == outcome && record["decision"]?.string == decision, "\(record.text)")
        }
        try fixture.simulator.behave(#"{"kind":"fail","exception":"AccessDeniedException"}"#)
        #expect(try connection.ask(RequestLine.freshSession(7)).errorType == "AccessDeniedException")
        #expect(try audit.records(of: "request").last?["outcome"] == "AccessDeniedException")
        let denied = try audit.records(of: "request").first { $0["id"] == 3 }
        #expect(denied?["rule"] == "everybody" && denied?["lacks"] == ["region"])
    }

    @Test func `the broker's life and what its administrator did are in it`() throws {
        for words in [["status"], ["reload"], ["set-log-level", "debug"], ["drop-cache"]] {
            #expect(try broker.admin(words).status == 0)
        }
        #expect(try broker.admin(["lock"], input: "sesame\n").status == 0)
        #expect(try broker.admin(["unlock"], input: "simsim\n").status == 70)
        #expect(try broker.admin(["unlock"], input: "sesame\n").status == 0)
        try broker.replaceConfiguration("nonsense: 1")
        #expect(try broker.admin(["reload"]).status == 70)
        let connection = try fixture.connect()
        for id in 1...6 { _ = try connection.ask(RequestLine.freshSession(id)) }
        #expect(try Waiting.until(seconds: 20) { try !audit.records(of: "limit").isEmpty })
        broker.signal(SIGTERM)
        #expect(broker.waitForExit(seconds: 20) == 0)

        let records = try audit.records()
        func events(_ name: String) -> [JSONValue] { records.filter { $0["event"]?.string == name } }
        #expect(records.first?["event"] == "start" && records.last?["event"] == "stop")
        #expect(events("start").first?["pid"] == JSONValue(broker.pid))
        #expect(events("start").first?["policySHA256"]?.string?.count == 64)
        #expect(events("start").first?["mode"] == "enforce")
        #expect(events("credentials").last?["state"] == "ready")
        #expect(events("reload").map { $0["outcome"] == "ok" } == [true, false])
        #expect(events("setLogLevel").map { $0["level"] } == ["debug"])
        #expect(events("dropCache").count == 1 && events("lock").count == 1)
        #expect(events("unlock").map { $0["outcome"] } == ["WrongPassphrase", "ok"])
        let limit = events("limit").first
        #expect(limit?["name"] == "upstreamCallsPerSecondPerUid" && limit?["uid"] == JSONValue(getuid()))
        #expect(limit?["count"]?.integer ?? 0 > 0)
        for name in ["reload", "setLogLevel", "dropCache", "lock", "unlock"] {
            #expect(events(name).allSatisfy { $0["by"]?["uid"] == JSONValue(getuid()) && $0["by"]?["pid"] != nil })
        }
        let calls = events("request").compactMap { $0["action"]?.string }.filter { $0.hasPrefix("admin.") }
        #expect(
            calls == [
                "admin.Status", "admin.Reload", "admin.SetLogLevel", "admin.DropCache", "admin.Lock", "admin.Unlock",
                "admin.Unlock", "admin.Reload",
            ])
        let summary = try audit.verify()
        #expect(summary["first"] == 1 && summary["last"] == JSONValue(records.count))
    }

    @Test func `SIGHUP begins a new file, and the chain goes on in it`() throws {
        let connection = try fixture.connect()
        for round in 1...5 {
            for id in 1...20 { _ = try connection.ask(RequestLine.whoAmI(round * 100 + id)) }
            broker.signal(SIGHUP)
            #expect(Waiting.until(seconds: 20) { audit.names.count == round + 1 })
            #expect(try Waiting.until(seconds: 20) { try audit.records(of: "reload").count == round })
        }
        let summary = try audit.verify()
        #expect(summary["first"] == 1 && summary["events"]?["rotated"] == 5)
        #expect(try audit.records(of: "request").count == 100)
        for (name, next) in zip(audit.names, audit.names.dropFirst()) {
            let first = try #require(String(contentsOfFile: next, encoding: .utf8).split(separator: "\n").first)
            let record = try JSONValue(parsing: Array(first.utf8))
            #expect(record["event"] == "rotated")
            #expect(record["previousFile"]?.string == (name as NSString).lastPathComponent)
        }
    }

    @Test func `the chain goes on over a restart`() throws {
        #expect(try broker.ask(["whoami"]).status == 0)
        broker.signal(SIGTERM)
        #expect(broker.waitForExit(seconds: 20) == 0)
        let last = try audit.lastSequence()
        let again = try BrokerProcess.start(
            configuration: String(contentsOfFile: try #require(broker.configurationFile), encoding: .utf8),
            in: fixture.workplace)
        #expect(try again.ask(["whoami"]).status == 0)
        #expect(try audit.records().first { $0["seq"] == JSONValue(last + 1) }?["event"] == "start")
        #expect(try audit.verify()["events"]?["start"] == 2)
    }

    @Test func `two brokers never write one file`() throws {
        let second = try BrokerProcess.run(
            configuration: String(contentsOfFile: try #require(broker.configurationFile), encoding: .utf8),
            in: fixture.workplace)
        #expect(second.status == 78 && second.err.contains("is written by another process"), "\(second)")
        #expect(try broker.ask(["whoami"]).status == 0)
        _ = try audit.verify()
    }

    @Test func `the file is its owner's alone, and need not name programs`() throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: audit.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let other = try ServerFixture { "audit: {file: \($0.path)/a, processes: false}" }
        #expect(try other.broker.ask(["whoami"]).status == 0)
        let record = try #require(try AuditFiles(other.workplace.path + "/a").records(of: "request").last)
        #expect(record["executable"] == nil && record["unit"] == nil && record["uid"] != nil)
    }

    /// That the reading by which these tests judge sees what it is to see.
    @Test func `a record that is changed, removed, moved or made up is seen`() throws {
        let connection = try fixture.connect()
        for id in 1...5 { _ = try connection.ask(RequestLine.whoAmI(id)) }
        let lines = try String(contentsOfFile: audit.path, encoding: .utf8).split(separator: "\n").map(String.init)
        func verdict(_ lines: [String]) throws -> Int32 {
            let copy = try fixture.workplace.write("copy", lines.map { $0 + "\n" }.joined())
            return try AuditFiles.chain([copy]).status
        }
        #expect(try verdict(lines) == 0)
        var changed = lines
        changed[3] = changed[3].replacing(#""uid":"#, with: #""uid":1"#)
        var removed = lines
        removed.remove(at: 3)
        var moved = lines
        moved.swapAt(3, 4)
        for wrong in [changed, removed, moved, lines + ["{}"], Array(lines[..<4]) + lines[3...]] {
            #expect(try verdict(wrong) == 1)
        }
        let reply = try fixture.workplace.write("reply", #"{"id":99,"outcome":"ok"}"# + "\n")
        #expect(try AuditFiles.chain(["--answered", reply, audit.path]).status == 1)
    }
}
