import JSONText
import Secrets
import Testing
import Timestamps
import XMLText

@testable import AWSCredentials

@Suite struct SealedLeavesTests {
    private static func json(_ text: String) throws -> SealedLeaves {
        var bytes = Array(text.utf8)
        defer { #expect(bytes.isEmpty) }
        return try SealedLeaves(takingJSON: &bytes)
    }

    private static func xml(_ text: String) throws -> SealedLeaves {
        var bytes = Array(text.utf8)
        defer { #expect(bytes.isEmpty) }
        return try SealedLeaves(takingXML: &bytes)
    }

    @Test func `a JSON object's scalars are found by their names`() throws {
        let leaves = try Self.json(
            #"{"a":"x","n":12,"o":{"a":"y","p":{"q":"z"}},"l":[{"a":"no"}],"t":true,"z":null,"e":"","f":1.5,"d":"2030-01-02T03:04:05Z","s":"\u00e9\n\"\ud83d\udd11","":"nameless"}"#
        )
        #expect(leaves.text("a") == "x" && leaves.text("o/a") == "y" && leaves.text("o/p/q") == "z")
        #expect(leaves.integer("n") == 12 && leaves.integer("f") == nil && leaves.integer("a") == nil)
        #expect(
            leaves.text("n") == nil && leaves.text("l") == nil && leaves.text("l/a") == nil && leaves.text("t") == nil)
        #expect(leaves.contains("z") && leaves.contains("l") && !leaves.contains("o") && !leaves.contains("missing"))
        #expect(leaves.text("e") == "" && leaves.sealed("e") == nil && leaves.text("") == "nameless")
        #expect(leaves.text("s") == "é\n\"\u{1F511}" && leaves.instant("d")?.seconds == 1_893_553_445)
        #expect(leaves.instant("a") == nil && leaves.instant("n") == nil)
    }

    private static let twice: [(String, String?)] = [
        (#"{"a":"1","a":"2"}"#, "2"), (#"{"a":"1","a":null}"#, nil), (#"{"a":null,"a":"2"}"#, "2"),
        (#"{"a":"\u0061"}"#, "a"), (#"{"a":"\u0000"}"#, "\u{0}"), (#"{"\u0061":"x"}"#, "x"),
    ]

    @Test(arguments: twice)
    func `of two with one name the last counts`(text: String, value: String?) throws {
        #expect(try Self.json(text).text("a") == value)
    }

    @Test(arguments: [
        "", " ", "{", "}", "{}}", "[]", "7", "\"a\"", "{'a':1}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":01}"#,
        #"{"a":"x}"#, #"{"a":"\x"}"#, #"{"a":"\ud800"}"#, "{\"a\":\"\n\"}", "{\"a\":tru}", "{\"a\":1}x", "\u{FEFF}{}",
        #"{"a":NaN}"#, #"{"a":1e}"#, "{\"a\":\"\u{7F}\"",
    ])
    func `what is no JSON object is none, and is wiped all the same`(text: String) {
        #expect(throws: JSONFailure.self) { try Self.json(text) }
    }

    @Test func `objects and lists may go deep, not without end`() throws {
        func nested(_ open: String, _ close: String, _ levels: Int) -> String {
            #"{"a":"# + String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels) + "}"
        }
        #expect(try Self.json(nested(#"{"a":"#, "}", 7)).integer("a/a/a/a/a/a/a/a") == 1)
        #expect(try Self.json(nested(#"{"a":"#, "}", 20)).integer("a/a/a/a/a/a/a/a") == nil)
        for (open, close) in [(#"{"a":"#, "}"), ("[", "]")] {
            #expect(throws: JSONFailure.self) { try Self.json(nested(open, close, 100_000)) }
        }
    }

    @Test func `an XML document's texts are found below its root`() throws {
        let leaves = try Self.xml(
            """
            <?xml version="1.0"?><!-- a comment --><Root xmlns="https://x/" a="b">
              <A>x</A><B><C>y &amp; &lt;&gt;&quot;&apos; &#233;&#x1F511;</C><D><![CDATA[<raw>&amp;]]></D><E/></B>
              mixed <F>in</F> text
              <G>one<!-- cut -->two<?pi x?>three</G><H>
              blank </H>
            </Root>
            """)
        #expect(leaves.text("A") == "x" && leaves.text("B/C") == "y & <>\"' é\u{1F511}")
        #expect(leaves.text("B/D") == "<raw>&amp;" && leaves.text("B/E") == "" && leaves.text("F") == "in")
        #expect(leaves.text("G") == "onetwothree" && leaves.text("H")?.contains("blank ") == true)
        #expect(!leaves.contains("B") && !leaves.contains("Root") && leaves.integer("A") == nil)
        #expect(try Self.xml("<A>1</A>").contains("") && Self.xml("<R><A>1</A><A>2</A></R>").text("A") == "2")
    }

    @Test(arguments: [
        "", " ", "x", "<A>", "<A></B>", "<A><B></A></B>", "<A/><B/>", "<A>&nope;</A>", "<A>&#0;</A>", "<A>\u{1}</A>",
        "<A a=b/>", "<A a='1' a='2'/>", "< A/>", "<A>&amp</A>", "<A/>x", "<A>\u{FFFE}</A>",
    ])
    func `what is no XML is none, and is wiped all the same`(text: String) {
        #expect(throws: XMLFailure.self) { try Self.xml(text) }
    }

    @Test func `XML that could grow or reach out is refused`() throws {
        for text in [
            "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        ] {
            #expect(throws: XMLFailure.documentType) { try Self.xml(text) }
        }
        func nested(_ levels: Int) -> String {
            String(repeating: "<a>", count: levels) + String(repeating: "</a>", count: levels)
        }
        _ = try Self.xml(nested(32))
        #expect(throws: XMLFailure.tooDeep) { try Self.xml(nested(33)) }
        #expect(throws: XMLFailure.tooDeep) { try Self.xml(nested(300_000)) }
        _ = try Self.xml("<r>" + String(repeating: "<a/>", count: 1_023) + "</r>")
        #expect(throws: XMLFailure.tooManyElements) {
            try Self.xml("<r>" + String(repeating: "<a/>", count: 1_024) + "</r>")
        }
    }

    @Test func `a megabyte comes whole`() throws {
        let long = String(repeating: "0123456789abcde\n", count: 65_536)
        #expect(try Self.xml("<r><a>\(long)</a></r>").text("a") == long)
        let line = String(repeating: "x", count: 1 << 20)
        #expect(try Self.json(#"{"a":"\#(line)"}"#).text("a") == line)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `whatever comes is read or refused, and never traps`(seed: UInt64) {
        var dice = SeededDice(seed: seed)
        let json = [
            "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"a\":", "\\", "\\u", "d83d", "1", "-", "e", ".", "true",
            "null", " ", "\n", "é", "\u{0}",
        ]
        let xml = [
            "<", ">", "/", "</a>", "<a>", "<b/>", "&", "&amp;", "&#", "1;", "<!--", "-->", "<![CDATA[", "]]>",
            "<!DOCTYPE", "<?", "?>", "'", "=", "x", "é", "\u{0}",
        ]
        let samples = [
            Array(STSXML.answer(to: "AssumeRole").utf8),
            Array(#"{"Version":1,"a":{"b":"\u00e9","c":[1,2,{}]},"d":1.5e3}"#.utf8),
        ]
        var read = 0
        for round in 0..<6_000 {
            var bytes: [UInt8]
            if round % 2 == 0 {
                let pieces = round % 4 == 0 ? json : xml
                bytes = (0..<Int.random(in: 0...20, using: &dice)).flatMap { _ in
                    Array((pieces.randomElement(using: &dice) ?? "").utf8)
                }
            } else {
                bytes = samples[round / 2 % 2]
                for _ in 0..<Int.random(in: 0...4, using: &dice) where !bytes.isEmpty {
                    let place = Int.random(in: 0..<bytes.count, using: &dice)
                    switch Int.random(in: 0...3, using: &dice) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &dice)
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: place)
                    default: bytes.removeLast(bytes.count - place)
                    }
                }
            }
            var copy = bytes
            if (try? SealedLeaves(takingJSON: &copy)) != nil { read += 1 }
            copy = bytes
            if (try? SealedLeaves(takingXML: &copy)) != nil { read += 1 }
            var sealed = bytes
            _ = RewrittenObject.bytes(
                of: SealedText(takingAndWiping: &sealed), with: [(name: "a", text: SealedText(takingAndWiping: &bytes))]
            )
        }
        #expect(read > 500, "\(read)")
    }
}
