import BrokerWire
import JSONText
import MacieBrokerClient
import Testing

/// The administrator's calls, each against a broker that answers as PROTOCOL.md, section 15 has it.
@Suite struct AdminClientTests {
    @Test func `a reload tells the policy in force and what waits for a restart`() throws {
        let result = #"{"policy":\#(Samples.policy),"needsRestart":["socket","limits"]}"#
        let answer = try askAdmin("admin.Reload", answer: result) { try $0.reload() }
        #expect(answer.policy.file == "/etc/b.yaml" && answer.policy.sha256 == Samples.digest)
        #expect(answer.policy.grants == 3 && answer.policy.denies == 1 && answer.policy.mode == "enforce")
        #expect(answer.needsRestart == ["socket", "limits"])
        #expect(answer.json == result)
    }

    @Test func `the status is everybody's, and more`() throws {
        let answer = try askAdmin("admin.Status", answer: Samples.adminStatus) { try $0.status() }
        #expect(answer.status.pid == 77 && answer.status.isLocked == true && answer.status.audit?.sequence == 7)
        #expect(answer.policy.loadedAt.rfc3339 == "2024-05-01T09:00:12Z")
        #expect(answer.auditFile == "/var/log/a.jsonl" && answer.auditReason == "disk\u{1B} full")
        #expect(answer.logLevel == "info")
        #expect(answer.limits.map(\.name) == ["requestLineBytes", "idleSeconds"])
        #expect(answer.limits.map(\.value) == [65_536, 0.5])
        #expect(answer.json == Samples.adminStatus)
    }

    @Test func `metrics come as text, and print as lines that no terminal obeys`() throws {
        let result = #"{"contentType":"application/openmetrics-text","text":"a 1\nb\u001b 2\n# EOF\n"}"#
        let answer = try askAdmin("admin.Metrics", answer: result) { try $0.metrics() }
        #expect(answer.contentType == "application/openmetrics-text")
        #expect(answer.text == "a 1\nb\u{1B} 2\n# EOF\n")
        #expect(answer.printable == "a 1\nb\\u{1B} 2\n# EOF\n")
    }

    @Test func `a cache is dropped whole, or of one profile`() throws {
        #expect(try askAdmin("admin.DropCache", answer: #"{"dropped":2}"#) { try $0.dropCache() }.dropped == 2)
        let one = try askAdmin("admin.DropCache", ["profile": "audit"], answer: #"{"dropped":0}"#) {
            try $0.dropCache(profile: "audit")
        }
        #expect(one.dropped == 0)
    }

    @Test func `a passphrase is sent as it was typed`() throws {
        let text = "öffne \"dich\" \\ \u{1F600}"
        let passphrase = try #require(Passphrase(text))
        let lock = try askAdmin("admin.Lock", ["passphrase": .string(text)], answer: #"{"locked":true}"#) {
            try $0.lock(passphrase)
        }
        #expect(lock.isLocked)
        let unlock = try askAdmin("admin.Unlock", ["passphrase": .string(text)], answer: #"{"locked":false}"#) {
            try $0.unlock(passphrase)
        }
        #expect(!unlock.isLocked)
    }

    @Test func `a log level is told with the one before`() throws {
        let result = #"{"level":"debug","previous":"info"}"#
        let answer = try askAdmin("admin.SetLogLevel", ["level": "debug"], answer: result) {
            try $0.setLogLevel("debug")
        }
        #expect(answer.level == "debug" && answer.previous == "info")
    }

    @Test func `anybody's request can be asked about`() throws {
        var question = AdminExplainQuestion(user: "deploy", action: "macie2:GetMacieSession")
        let least: JSONValue = ["user": "deploy", "action": "macie2:GetMacieSession"]
        let answer = try askAdmin("admin.Explain", least, answer: Samples.adminDenied) { try $0.explain(question) }
        #expect(!answer.isAllowed && answer.uid == 1001 && answer.groups == [1001, 27])
        #expect(answer.rule == nil && answer.nearest?.name == "auditors" && answer.nearest?.place == "/etc/b.yaml:4")
        #expect(answer.lacks == ["region", "freshness"])
        question.groups = ["ops"]
        question.profile = "audit"
        question.region = "eu-west-1"
        question.maxAgeSeconds = 0
        question.executable = "/usr/bin/x"
        question.unit = "ci.service"
        let all: JSONValue = [
            "profile": "audit", "region": "eu-west-1", "maxAgeSeconds": 0, "user": "deploy", "groups": ["ops"],
            "action": "macie2:GetMacieSession", "executable": "/usr/bin/x", "unit": "ci.service",
        ]
        _ = try askAdmin("admin.Explain", all, answer: Samples.adminDenied) { try $0.explain(question) }
    }

    @Test(arguments: [
        "{}", #"{"policy":{},"needsRestart":[]}"#, #"{"policy":\#(Samples.policy),"needsRestart":[1]}"#,
        #"{"policy":\#(Samples.policy),"needsRestart":"socket"}"#,
    ])
    func `a result that is none is told as what it is`(result: String) {
        #expect(throws: ClientFailure.self) { try askAdmin("admin.Reload", answer: result) { try $0.reload() } }
    }

    @Test func `limits that are no numbers are told as what they are`() {
        for wrong in [#""limits":{"a":"1"}"#, #""limits":[]"#, #""limits":null"#] {
            let result = Samples.adminStatus.replacing(Samples.limits, with: wrong)
            #expect(throws: ClientFailure.self) { try askAdmin("admin.Status", answer: result) { try $0.status() } }
        }
    }
}
