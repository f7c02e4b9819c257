import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Testing

@Suite struct DecisionRecordTests {
    private static let zeros = String(repeating: "0", count: 64)
    private static let head =
        #"{"seq":1,"prev":"\#(zeros)","time":"2026-03-01T08:00:00.125Z","event":"request","uid":1000,"#

    @Test func `what was allowed says by which rule, and what AWS calls the request`() throws {
        #expect(
            try line(makeRecord(requestID: "r-1", cached: true)) == Self.head + """
                "user":"alice","gid":100,"pid":4242,"connection":9,"id":7,"action":"macie2:GetMacieSession",\
                "profile":"audit","region":"us-east-1","decision":"allow","rule":"auditors","ruleAt":"broker.yaml:7",\
                "outcome":"ok","requestId":"r-1","cached":true,"microseconds":37}
                """)
    }

    @Test func `what was denied says which rule came nearest and what it lacked`() throws {
        let record = makeRecord(
            id: .string("a"), origin: makeOrigin(user: nil, executable: "/usr/bin/ci", unit: "ci.service"), region: nil,
            decision: .deny(rule: "ci", at: "broker.yaml:9", lacks: ["region", "unit"]), outcome: "PermissionDenied")
        #expect(
            try line(record) == Self.head + """
                "gid":100,"pid":4242,"executable":"/usr/bin/ci","unit":"ci.service","connection":9,"id":"a",\
                "action":"macie2:GetMacieSession","profile":"audit","decision":"deny","rule":"ci",\
                "ruleAt":"broker.yaml:9","lacks":["region","unit"],"outcome":"PermissionDenied","cached":false,\
                "microseconds":37}
                """)
    }

    @Test func `what is not known of a process, and why, is said`() throws {
        let peer = Peer(uid: 1_000, gid: 100, pid: 4_242)
        let doubtful = ProcessFacts(
            executable: "/a (deleted)", unit: nil, executableDoubt: "it was replaced", unitDoubt: "no \u{1b}")
        let sights: [(ProcessSight, String)] = [
            (
                .alive(doubtful),
                #""executable":"/a (deleted)","executableDoubt":"it was replaced","unitDoubt":"no \u001b""#
            ),
            (.ended, #""processUnknown":"it has ended""#), (.hidden("far away"), #""processUnknown":"far away""#),
            (.alive(ProcessFacts(executable: "/a", unit: "b.service")), #""executable":"/a","unit":"b.service""#),
        ]
        for (sight, members) in sights {
            let record = try line(makeRecord(origin: RecordOrigin(peer: peer, sight: sight, connection: 9)))
            #expect(record.contains(#""pid":4242,\#(members),"connection":9,"#), "\(record)")
        }
    }

    @Test func `what mode observe let through is told from what was allowed`() throws {
        let text = try line(makeRecord(decision: .wouldDeny(rule: nil, at: nil, lacks: [])))
        #expect(text.contains(#","decision":"wouldDeny","outcome":"ok","#))
    }

    @Test func `what has neither profile nor region leaves them out`() throws {
        let value = try JSONValue(parsing: Array(line(makeRecord(profile: nil, region: nil)).utf8))
        #expect(value["profile"] == nil)
        #expect(value["region"] == nil)
    }

    @Test func `whatever a client, a rule or AWS calls itself, a record is one line of JSON`() throws {
        let wild = "x\",\"decision\":\"allow\n{\"event\":1}\r\t\u{1b}[2J\u{7f}\u{85}\u{2028}\\"
        let made = try lines {
            $0.record(
                makeRecord(
                    id: .string(wild), origin: makeOrigin(user: wild, executable: wild, unit: wild), action: wild,
                    profile: wild, region: wild, decision: .deny(rule: wild, at: wild, lacks: [wild]), outcome: wild,
                    requestID: wild))
        }
        #expect(made.count == 1)
        let text = try #require(made.first)
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        let value = try JSONValue(parsing: Array(text.utf8))
        let names = [
            "user", "executable", "unit", "id", "action", "profile", "region", "rule", "ruleAt", "outcome", "requestId",
        ]
        for name in names { #expect(value[name]?.string == wild, "\(name)") }
        #expect(value["lacks"]?.array == [.string(wild)])
        #expect(value["decision"]?.string == "deny")
    }

    @Test func `a text without end is cut, and says so`() throws {
        let value = try JSONValue(
            parsing: Array(line(makeRecord(action: String(repeating: "é", count: 100_000))).utf8))
        let action = try #require(value["action"]?.string)
        #expect(action.utf8.count <= 4_096)
        #expect(action.hasPrefix("ééé"))
        #expect(action.hasSuffix("é…"))
        let fitting = String(repeating: "é", count: 2_048)
        #expect(try line(makeRecord(action: fitting)).contains("\"\(fitting)\""))
    }
}
