import BrokerWire
import JSONText
import Testing

/// PROTOCOL.md, section 4: JSON where parsers are known to disagree is refused before anybody looks at what it says.
@Suite struct RequestParserJSONTests {
    private static let good =
        #"{"jsonrpc":"2.0","id":1,"method":"macie2.GetMacieSession","params":{"maxAgeSeconds":5}}"#

    /// A request with `member` as one more member, which would be an InvalidRequest were it JSON.
    private static func withMember(_ member: String) -> [UInt8] {
        Array(#"{"jsonrpc":"2.0","id":1,"method":"broker.WhoAmI",\#(member)}"#.utf8)
    }

    private static func nested(_ levels: Int) -> String {
        String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }

    @Test(arguments: [
        (#""a":1,"a":1"#, JSONFailure.Reason.duplicateKey), (#""a":1,"\u0061":1"#, .duplicateKey),
        (#""id":1"#, .duplicateKey), (#""\u0069d":2"#, .duplicateKey), (#""jsonrpc":"2.0""#, .duplicateKey),
        (#""meth\u006fd":"broker.WhoAmI""#, .duplicateKey), (#""params":{},"params":{}"#, .duplicateKey),
        (#""params":{"a":1,"a":1}"#, .duplicateKey), (#""params":{"a":{"b":1,"\u0062":2}}"#, .duplicateKey),
        (#""x":[{"a":1,"a":1}]"#, .duplicateKey), (#""é":1,"\u00e9":1"#, .duplicateKey), (#""":1,"":2"#, .duplicateKey),
        (#""x":"\u0000""#, .nulCharacter), (#""\u0000":1"#, .nulCharacter), ("\"x\":\"\0\"", .controlCharacter),
        ("\"x\":\"\u{1f}\"", .controlCharacter), ("\"x\":\"\t\"", .controlCharacter),
        (#""x":"\ud800""#, .loneSurrogate),
        (#""x":"\udc00""#, .loneSurrogate), (#""x":"\udc00\ud800""#, .loneSurrogate),
        (#""x":"\ud800\ud800""#, .loneSurrogate),
        (#""x":"\x41""#, .invalidEscape), (#""x":"\u12""#, .invalidEscape), (#""x":01"#, .invalidNumber),
        (#""x":+1"#, .unexpectedByte), (#""x":.5"#, .unexpectedByte), (#""x":1."#, .invalidNumber),
        (#""x":-"#, .invalidNumber), (#""x":0x1"#, .unexpectedByte), (#""x":NaN"#, .unexpectedByte),
        (#""x":Infinity"#, .unexpectedByte), (#""x":-Infinity"#, .invalidNumber), (#""x":1e"#, .invalidNumber),
        (#""x":[1,]"#, .unexpectedByte), (#""x":1,"#, .unexpectedByte), (#""x":'a'"#, .unexpectedByte),
        (#"x:1"#, .unexpectedByte), (#""x" 1"#, .unexpectedByte), (#""x":/*c*/1"#, .unexpectedByte),
        (#""x":1//c"#, .unexpectedByte), (#""x":True"#, .unexpectedByte), (#""x":nul"#, .unexpectedByte),
        ("\"x\":\u{FEFF}1", .unexpectedByte), ("\"x\":\u{A0}1", .unexpectedByte), ("\"x\":\u{B}1", .unexpectedByte),
    ])
    func `what parsers disagree on is refused by name wherever it stands`(member: String, reason: JSONFailure.Reason) {
        let found = refusal(ofBytes: Self.withMember(member))
        #expect(found?.id == nil)
        guard case .notJSON(let failure) = found?.reason else {
            Issue.record("not refused as JSON: \(member)")
            return
        }
        #expect(failure.reason == reason)
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xFF],
            [0xE2, 0x82], [0xC3],
        ] as [[UInt8]])
    func `bytes that are no UTF-8 are refused in names and values`(bytes: [UInt8]) {
        for member in [
            Array("\"x\":\"".utf8) + bytes + Array("\"".utf8), Array("\"".utf8) + bytes + Array("\":1".utf8),
        ] {
            let line = Array(#"{"jsonrpc":"2.0","id":1,"method":"broker.WhoAmI","#.utf8) + member + Array("}".utf8)
            #expect(refusal(ofBytes: line)?.type == .parseError)
        }
    }

    @Test(arguments: [
        "", " ", "\t\r ", "\u{FEFF}{}", "{", "}", "{}{}", "{} {}", "{},", "nil", "GET / HTTP/1.1\r", "\0",
    ])
    func `a line that is not one JSON value is refused`(line: String) {
        let found = refusal(of: line)
        #expect(found?.type == .parseError)
        #expect(found?.id == nil)
    }

    @Test func `a good line cut anywhere is not JSON`() throws {
        let line = Array(Self.good.utf8)
        _ = try parse(bytes: line)
        for length in 0..<line.count {
            #expect(refusal(ofBytes: Array(line.prefix(length)))?.type == .parseError, "\(length)")
        }
    }

    @Test func `a good line with one byte changed is a request or a refusal, whatever the byte`() throws {
        let line = Array(Self.good.utf8)
        for position in line.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = line
                changed[position] = byte
                _ = refusal(ofBytes: changed)
            }
        }
    }

    @Test func `32 levels are read, the request being the first, and 33 are not`() {
        let prefix = #"{"jsonrpc":"2.0","id":1,"method":"broker.WhoAmI","params":"#
        #expect(refusal(of: #"\#(prefix){"x":\#(Self.nested(30))}}"#)?.type == .invalidParams)
        #expect(refusal(of: #"\#(prefix){"x":\#(Self.nested(31))}}"#)?.type == .parseError)
        #expect(refusal(ofBytes: Self.withMember(#""x":\#(Self.nested(31))"#))?.type == .invalidRequest)
        #expect(refusal(ofBytes: Self.withMember(#""x":\#(Self.nested(32))"#))?.type == .parseError)
        #expect(refusal(of: Self.nested(32))?.type == .invalidRequest)
        #expect(refusal(of: Self.nested(33))?.type == .parseError)
        #expect(refusal(of: String(repeating: "[", count: 65_536))?.type == .parseError)
        #expect(refusal(of: String(repeating: #"{"":"#, count: 16_384))?.type == .parseError)
    }

    /// RFC 8259, section 8.3: names are compared as they are, not as they look.
    @Test func `names that only look alike are two names`() {
        #expect(refusal(ofBytes: Self.withMember("\"\u{e9}\":1,\"e\u{301}\":1"))?.type == .invalidRequest)
        #expect(refusal(ofBytes: Self.withMember(#""\u00e9":1,"e\u0301":1"#))?.type == .invalidRequest)
        #expect(refusal(ofBytes: Self.withMember(#""ID":1,"Id":1"#))?.type == .invalidRequest)
    }

    @Test func `a number of any size is JSON`() {
        let digits = String(repeating: "9", count: 60_000)
        #expect(refusal(ofBytes: Self.withMember(#""x":\#(digits)"#))?.type == .invalidRequest)
        #expect(refusal(ofBytes: Self.withMember(#""x":-1.5e+\#(digits)"#))?.type == .invalidRequest)
        #expect(refusal(of: #"{"jsonrpc":"2.0","method":"broker.WhoAmI","id":\#(digits)}"#)?.type == .invalidRequest)
    }
}
