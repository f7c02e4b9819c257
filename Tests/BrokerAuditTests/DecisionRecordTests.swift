import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Testing

@Suite struct DecisionRecordTests {
    private static let head =
        #"{"event":"decision","time":"2026-03-01T08:00:00.125000Z","uid":1000,"gid":100,"pid":4242,"connection":9,"#

    @Test func `what was allowed says by which grant, and what AWS calls the request`() {
        #expect(
            line(makeRecord(requestID: "r-1", cached: true)) == Self.head + """
                "id":7,"action":"macie2:GetMacieSession","profile":"audit","region":"us-east-1","decision":"allow",\
                "grant":"auditors","outcome":"ok","requestId":"r-1","cached":true,"microseconds":37}

                """)
    }

    @Test func `what was denied says why`() {
        let record = makeRecord(
            id: .string("a"), region: nil, decision: .denied(Denial(rule: nil)), outcome: "PermissionDenied")
        #expect(
            line(record) == Self.head + """
                "id":"a","action":"macie2:GetMacieSession","profile":"audit","decision":"deny",\
                "reason":"no grant names this user","outcome":"PermissionDenied","cached":false,"microseconds":37}

                """)
    }

    @Test func `what has neither profile nor region leaves them out`() throws {
        let value = try JSONValue(parsing: Array(line(makeRecord(profile: nil, region: nil)).utf8))
        #expect(value["profile"] == nil)
        #expect(value["region"] == nil)
    }

    @Test func `whatever a client, a grant or AWS calls itself, a record is one line of JSON`() throws {
        let wild = "x\",\"decision\":\"allow\n{\"event\":1}\r\t\u{1b}[2J\u{7f}\u{85}\u{2028}\\"
        let text = line(
            makeRecord(
                id: .string(wild), profile: wild, region: wild, decision: .allowed(rule(wild)), outcome: wild,
                requestID: wild))
        #expect(text.unicodeScalars.filter { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) } == ["\n"])
        #expect(text.hasSuffix("}\n"))
        let value = try JSONValue(parsing: Array(text.utf8))
        for name in ["id", "profile", "region", "grant", "outcome", "requestId"] {
            #expect(value[name]?.string == wild, "\(name)")
        }
        #expect(value["decision"]?.string == "allow")
    }
}
