import JSONText
import Testing

@Suite struct JSONValueTests {
    @Test(arguments: [
        (#"{"a":[1,-2.5e3,true,false,null,"x"],"b":{}}"#, #"{"a":[1,-2.5e3,true,false,null,"x"],"b":{}}"#),
        (" [ ] ", "[]"), ("\t{\r\n}\n", "{}"), (#""\u00e9\ud83d\ude00\/\b\f\n\r\t""#, #""é😀/\u0008\u000c\n\r\t""#),
        (#""ሴ""#, #""ሴ""#), ("0", "0"), ("-0", "-0"), ("1E+2", "1E+2"), (#"{"\u0061":1}"#, #"{"a":1}"#),
        ("\"\u{7f}\u{85}\u{2028}\"", #""\u007f\u0085\u2028""#),
    ])
    func `what RFC 8259 allows is read and written back on one line`(text: String, expected: String) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)).text == expected)
    }

    @Test(arguments: [
        ("", JSONFailure.Reason.unexpectedEnd), ("nul", .unexpectedEnd), ("nulL", .unexpectedByte),
        ("{", .unexpectedEnd),
        ("{\"a\":1,}", .unexpectedByte), ("[1,]", .unexpectedByte), ("[,1]", .unexpectedByte),
        ("[1 2]", .unexpectedByte),
        ("{\"a\" 1}", .unexpectedByte), ("{a:1}", .unexpectedByte), ("'a'", .unexpectedByte), ("01", .invalidNumber),
        ("-", .invalidNumber), ("1.", .invalidNumber), ("1e", .invalidNumber), (".5", .unexpectedByte),
        ("+1", .unexpectedByte), ("NaN", .unexpectedByte), ("Infinity", .unexpectedByte), ("1 1", .trailingBytes),
        ("{}{}", .trailingBytes), ("\u{FEFF}{}", .unexpectedByte), ("\"\\x\"", .invalidEscape),
        ("\"\\u12g4\"", .invalidEscape), ("\"\\ud800\"", .loneSurrogate), ("\"\\ud800\\u0041\"", .loneSurrogate),
        ("\"\\udc00\"", .loneSurrogate), ("\"\\u0000\"", .nulCharacter), ("\"a\nb\"", .controlCharacter),
        ("\"\u{0}\"", .controlCharacter), (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
        (#"{"x":{"a":1,"a":2}}"#, .duplicateKey), ("\"abc", .unexpectedEnd), ("\"\\", .unexpectedEnd),
    ])
    func `what parsers disagree on is refused by name`(text: String, reason: JSONFailure.Reason) {
        #expect { try JSONValue(parsing: Array(text.utf8)) } throws: { ($0 as? JSONFailure)?.reason == reason }
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xFF], [0xE2, 0x82], [0xC3],
            [0xF0, 0x9F, 0x98, 0x22],
        ] as [[UInt8]])
    func `bytes that are no UTF-8 are refused`(bytes: [UInt8]) {
        #expect { try JSONValue(parsing: [0x22] + bytes + [0x22]) } throws: {
            ($0 as? JSONFailure)?.reason == .invalidUTF8
        }
    }

    @Test func `nesting stops at the limit and not before`() throws {
        let fits = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(try JSONValue(parsing: Array(fits.utf8)).array?.count == 1)
        let bomb = String(repeating: "[", count: 100_000)
        #expect { try JSONValue(parsing: Array(bomb.utf8)) } throws: { ($0 as? JSONFailure)?.reason == .tooDeep }
    }

    @Test func `AWS's rules let the last of two members win and keep NUL`() throws {
        let value = try JSONValue(parsing: Array(#"{"s":"P","s":"E","n":"a\u0000b"}"#.utf8), rules: .lenientAWS)
        #expect(value["s"]?.string == "E")
        #expect(value["n"]?.string == "a\0b")
        #expect(value.text == #"{"s":"E","n":"a\u0000b"}"#)
    }

    @Test(
        arguments: [
            ("1", 1), ("-9007199254740991", -9_007_199_254_740_991), ("9223372036854775807", Int64.max), ("1.0", nil),
            ("1e0", nil),
            ("9223372036854775808", nil), ("-0", nil),
        ] as [(String, Int64?)])
    func `only a plain integer literal is an integer`(text: String, expected: Int64?) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)).integer == expected)
        var reader = JSONReader(rules: .strict)
        let bytes = Array(text.utf8)
        let token = try reader.number(in: bytes.span)
        #expect(reader.integer(of: token, in: bytes.span) == expected)
    }

    @Test func `cutting a text anywhere never traps and never succeeds`() {
        let whole = Array(#"{"a":[1,-2.5e3,true,{"é":"\ud83d\ude00"}],"b":null}"#.utf8)
        for length in 0..<whole.count {
            #expect(throws: JSONFailure.self) { try JSONValue(parsing: Array(whole.prefix(length))) }
        }
    }

    @Test func `members keep their order, and one is set, replaced and removed in place`() {
        var object = JSONObject([("b", 1), ("a", 2), ("b", 3)])
        #expect(JSONValue.object(object).text == #"{"b":3,"a":2}"#)
        object["a"] = nil
        object["c"] = .bool(true)
        #expect(JSONValue.object(object).text == #"{"b":3,"c":true}"#)
    }

    @Test(arguments: [(0.0, "0"), (1.5, "1.5"), (30, "30"), (-2, "-2"), (.infinity, "0"), (0.001, "0.001")])
    func `doubles are written as JSON numbers`(value: Double, expected: String) {
        #expect(JSONValue(value).text == expected)
    }

    @Test func `integers are appended digit by digit`() {
        var out: [UInt8] = []
        for value: Int64 in [0, 7, 10, 1_234_567, -5, .min, .max] {
            JSONText.append(value, to: &out)
            out.append(0x20)
        }
        #expect(String(decoding: out, as: UTF8.self) == "0 7 10 1234567 -5 -9223372036854775808 9223372036854775807 ")
    }
}

@Suite struct JSONNameTests {
    @Test func `names that differ in bytes are two names, however alike they look`() throws {
        let value = try JSONValue(parsing: Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8))
        #expect(value.object?.members.count == 2)
        #expect(value["e\u{301}"]?.integer == 2)
    }
}
