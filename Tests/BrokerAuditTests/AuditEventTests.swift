import BrokerAudit
import JSONText
import Testing
import Timestamps

@Suite struct AuditEventTests {
    private static let digest = String(repeating: "ab", count: 32)

    @Test(arguments: [
        (
            AuditEvent.Kind.start(version: "1.2", pid: 7, mode: "enforce", policySHA256: digest),
            #""start","version":"1.2","pid":7,"mode":"enforce","policySHA256":"\#(digest)"}"#
        ),
        (.start(version: "1.2", pid: 7), #""start","version":"1.2","pid":7}"#),
        (.stop, #""stop"}"#),
        (.reload(outcome: "a:1:2: no"), #""reload","outcome":"a:1:2: no"}"#),
        (.lock, #""lock"}"#),
        (.unlock(outcome: "WrongPassphrase"), #""unlock","outcome":"WrongPassphrase"}"#),
        (
            .credentials(profile: "p", source: "environment", state: "ready", expiresAt: Timestamp(seconds: 0)),
            #""credentials","profile":"p","source":"environment","state":"ready","expiresAt":"1970-01-01T00:00:00Z"}"#
        ),
        (
            .limit(name: "requestsPerSecond", uid: 7, count: 12, seconds: 10),
            #""limit","name":"requestsPerSecond","uid":7,"count":12,"seconds":10}"#
        ),
        (.limit(name: "lines", uid: nil, count: 1, seconds: 1), #""limit","name":"lines","count":1,"seconds":1}"#),
        (.auditUnavailable(reason: "full", refused: 3), #""auditUnavailable","reason":"full","refused":3}"#),
        (.dropCache(profile: nil, dropped: 2), #""dropCache","dropped":2}"#),
        (.setLogLevel(level: "debug", previous: "info"), #""setLogLevel","level":"debug","previous":"info"}"#),
        (.rotated(previousFile: "a.1"), #""rotated","previousFile":"a.1"}"#),
        (
            .recovered(.init(reason: "full", torn: .init(bytes: 3, sha256: digest), withdrawn: 4)),
            #""recovered","reason":"full","tornBytes":3,"tornSHA256":"\#(digest)","withdrawn":4}"#
        ),
    ])
    func `each event has its members`(kind: AuditEvent.Kind, expected: String) throws {
        let text = try line(kind)
        #expect(text.hasSuffix(#","event":"# + expected))
        _ = try JSONValue(parsing: Array(text.utf8))
    }

    @Test func `what an operator did says who, apart from whom it was about`() throws {
        let text = try line(.limit(name: "n", uid: 7, count: 1, seconds: 1), by: .init(uid: 0, pid: 88))
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(value["uid"] == 7)
        #expect(value["by"] == ["uid": 0, "pid": 88])
    }

    @Test func `no text of an event breaks its line`() throws {
        let wild = "a\"\n\u{1b}[0m\u{2029}\\"
        let made = try lines { $0.record(AuditEvent(time: .ofTests, .auditUnavailable(reason: wild, refused: 0))) }
        #expect(made.count == 1)
        #expect(try JSONValue(parsing: Array(made[0].utf8))["reason"]?.string == wild)
    }
}
