import BrokerWire
import JSONText
import Testing

@Suite struct ReplyWriterTests {
    @Test(arguments: [
        (RequestID.integer(-9_007_199_254_740_991), "-9007199254740991"), (.integer(0), "0"), (.string("a"), #""a""#),
        (.string("7"), #""7""#), (.string("\"\\\n\u{7f}\u{2028}é"), #""\"\\\n\u007f\u2028é""#),
    ])
    func `a reply carries the request's id as it came`(id: RequestID, text: String) {
        let expected = #"{"jsonrpc":"2.0","id":\#(text),"result":{"a":[1,"b"]}}"# + "\n"
        #expect(written { ReplyWriter.result(["a": [1, "b"]], id: id, to: &$0) } == expected)
        #expect(written { ReplyWriter.result(Array(#"{"a":[1,"b"]}"#.utf8), id: id, to: &$0) } == expected)
        let inPieces = written {
            ReplyWriter.beginResult(id: id, to: &$0)
            $0.append(contentsOf: #"{"a":[1,"b"]}"#.utf8)
            ReplyWriter.end(&$0)
        }
        #expect(inPieces == expected)
    }

    @Test func `replies are appended one after the other`() {
        let text = written {
            ReplyWriter.result([:], id: .integer(1), to: &$0)
            ReplyWriter.error(ErrorReply(.methodNotFound, "no such method"), id: nil, to: &$0)
        }
        #expect(
            text == """
                {"jsonrpc":"2.0","id":1,"result":{}}
                {"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"no such method",\
                "data":{"type":"MethodNotFound","origin":"broker","retryable":false}}}

                """)
    }

    @Test func `an error of the broker's own has every member that is known`() {
        let error = ErrorReply(
            .upstreamMalformed, "no JSON", remedy: "ask again", retryAfterSeconds: 1.5, httpStatus: 200,
            requestID: "r-1")
        #expect(
            error.json.text == """
                {"code":-32008,"message":"no JSON","data":{"type":"UpstreamMalformed","origin":"broker","retryable":true,\
                "httpStatus":200,"requestId":"r-1","retryAfterSeconds":1.5,"remedy":"ask again"}}
                """)
    }

    @Test func `an error of AWS's bears AWS's name and one code`() {
        let error = ErrorReply(
            aws: "ThrottlingException", "Rate exceeded", httpStatus: 429, requestID: nil, retryable: true,
            retryAfterSeconds: 2, remedy: nil)
        #expect(
            error.json.text == """
                {"code":-32000,"message":"Rate exceeded","data":{"type":"ThrottlingException","origin":"aws",\
                "retryable":true,"httpStatus":429,"retryAfterSeconds":2}}
                """)
    }

    @Test func `no text can break the line it stands on`() {
        let wild = "a\n\r\t\0\u{1b}[31m\u{85}\u{2028}\u{2029}\"\\}"
        let error = ErrorReply(
            aws: wild, wild, httpStatus: 500, requestID: wild, retryable: true, retryAfterSeconds: nil, remedy: wild)
        let text = written { ReplyWriter.error(error, id: .string(wild), to: &$0) }
        #expect(text.unicodeScalars.filter { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) } == ["\n"])
        #expect(!text.unicodeScalars.contains { $0.value == 0x2028 || $0.value == 0x2029 })
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan])
    func `a wait that is no number does not break the JSON`(seconds: Double) throws {
        let text = ErrorReply(.overloaded, "busy", retryAfterSeconds: seconds).json.text
        #expect(try JSONValue(parsing: Array(text.utf8))["data"]?["retryAfterSeconds"]?.integer == 0)
    }
}
