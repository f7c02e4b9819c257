import Secrets
import Testing

@Suite struct SecretDecodingTests {
    @Test(arguments: [
        ("", ""), ("plain/AZ+09=", "plain/AZ+09="), (#"a\/b\\c\"d"#, "a/b\\c\"d"), (#"\b\f\n\r\t"#, "\u{8}\u{C}\n\r\t"),
        (#"\u0041\u00e9\u20AC\ud83d\uDE00!"#, "Aé€😀!"), ("é€😀", "é€😀"), (#"\u0000"#, "\0"),
    ])
    func `what a JSON string says is decoded`(text: String, expected: String) {
        #expect(json(text) == Array(expected.utf8))
    }

    @Test(arguments: [
        #"\"#, #"a\x"#, #"\u12"#, #"\u12G4"#, #"\ud83d"#, #"\ud83dx"#, #"\ud83d\n"#, #"\ud83d\u0041"#, #"\ude00"#,
        "a\"b",
        "a\nb", "\0",
    ])
    func `what is no JSON string is nothing`(text: String) { #expect(json(text) == nil) }

    @Test(arguments: [
        ("", ""), ("IQoJb3JpZ2luX2Vj//+=", "IQoJb3JpZ2luX2Vj//+="), ("&amp;&lt;&gt;&quot;&apos;", "&<>\"'"),
        ("a&#43;b&#x2B;c&#x1F600;", "a+b+c😀"), ("&#0000000000065;", "A"), ("&#9;&#xD;", "\t\r"),
    ])
    func `what XML's character data says is decoded`(text: String, expected: String) {
        #expect(xml(text) == Array(expected.utf8))
    }

    @Test(arguments: [
        "&", "&amp", "&;", "&nbsp;", "&AMP;", "&#;", "&#x;", "&#xG;", "&#12a;", "&#0;", "&#x110000;", "&#xD800;",
        "&#8;",
        "&#xFFFF;", "&#99999999999999999999;", "a<b", "&amp;&",
    ])
    func `what is no character data is nothing`(text: String) { #expect(xml(text) == nil) }

    @Test func `any bytes are decoded or refused`() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array(#"\\\uuud8D9cC0aA"&&&;;;#x1lt<"#.utf8) + [0x00, 0x7F, 0xC3, 0xFF]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            // SAFETY: bytes have no padding.
            let asJSON = bytes(of: SecretBytes(decodingJSONString: unsafe text.span.bytes))
            let asXML = bytes(of: SecretBytes(decodingXMLText: unsafe text.span.bytes))
            for decoded in [asJSON, asXML] { #expect((decoded?.count ?? 0) <= text.count) }
        }
    }

    private func json(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        // SAFETY: bytes have no padding.
        return SecretsTests.bytes(of: SecretBytes(decodingJSONString: unsafe bytes.span.bytes))
    }

    private func xml(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        // SAFETY: bytes have no padding.
        return SecretsTests.bytes(of: SecretBytes(decodingXMLText: unsafe bytes.span.bytes))
    }
}
