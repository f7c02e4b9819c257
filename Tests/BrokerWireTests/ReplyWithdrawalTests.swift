import BrokerWire
import JSONText
import Testing

/// What must not be told after all.
@Suite struct ReplyWithdrawalTests {
    private static let unavailable = ErrorReply(.auditUnavailable, "no record, no answer", retryAfterSeconds: 1)

    private func withdrawn(_ write: (inout [UInt8]) -> Void) throws -> [JSONValue] {
        let before = Array(written(write).utf8)
        let after = ReplyWriter.withdraw(before, saying: Self.unavailable)
        #expect(after.last == UInt8(ascii: "\n"))
        return try after.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
    }

    @Test(arguments: [
        RequestID.integer(0), .integer(-9_007_199_254_740_991), .integer(9_007_199_254_740_991), .string("a"),
        .string("7"), .string("null"), .string(","), .string("\""), .string("\\"), .string("\\\""),
        .string("\",\"result\":"),
        .string("}\u{1}{"),
        .string("\u{2028}é\u{1F600}"), .string(String(repeating: "\\\"", count: 64)),
    ])
    func `each reply keeps its id, and nothing else of what it was`(id: RequestID) throws {
        let result = try withdrawn { ReplyWriter.result(["secret": "\"id\":1"], id: id, to: &$0) }
        let error = try withdrawn { ReplyWriter.error(ErrorReply(.permissionDenied, "secret"), id: id, to: &$0) }
        let expected = written { ReplyWriter.error(Self.unavailable, id: id, to: &$0) }
        let line = try JSONValue(parsing: Array(expected.utf8))
        #expect(result == [line])
        #expect(error == [line])
        #expect(line["error"]?["data"]?["type"] == "AuditUnavailable")
    }

    @Test func `all of them are withdrawn, in their order`() throws {
        let ids = (1...100).map { $0 % 2 == 0 ? RequestID.integer(Int64($0)) : .string("\($0)\\\"") }
        let replies = try withdrawn { out in
            for id in ids { ReplyWriter.result(["secret": "x\ny"], id: id, to: &out) }
        }
        let expected = ids.map { id in
            switch id {
            case .integer(let number): JSONValue(number)
            case .string(let text): JSONValue.string(text)
            }
        }
        #expect(replies.map { $0["id"] } == expected)
        #expect(replies.allSatisfy { $0["result"] == nil && $0["error"] == Self.unavailable.json })
    }

    @Test func `replies that answered no request stay as they are`() throws {
        let refusal = ErrorReply(.parseError, "not JSON")
        let replies = try withdrawn { out in
            ReplyWriter.error(refusal, id: nil, to: &out)
            ReplyWriter.result(["secret": 1], id: .integer(1), to: &out)
            ReplyWriter.error(refusal, id: nil, to: &out)
        }
        #expect(replies.map { $0["id"] } == [.null, 1, .null])
        #expect(replies.map { $0["error"] } == [refusal.json, Self.unavailable.json, refusal.json])
    }

    @Test func `nothing is nothing`() { #expect(ReplyWriter.withdraw([], saying: Self.unavailable) == []) }
}
