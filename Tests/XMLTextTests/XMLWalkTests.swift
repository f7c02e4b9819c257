import Testing
import XMLText

@Suite struct XMLWalkTests {
    /// Writes down what it is told.
    private final class Notes: XMLListener {
        var lines: [String] = []

        func began(_ name: String) { lines.append("<\(name)") }
        func ended() { lines.append(">") }
        func text(_ bytes: borrowing RawSpan) {
            // SAFETY: the buffer is copied within the loan.
            let text = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
            lines.append(text)
        }

        /// Pieces of one text joined.
        var story: String { lines.joined() }
    }

    private func walk(_ text: String) throws(XMLFailure) -> String {
        let notes = Notes()
        // SAFETY: bytes have no padding.
        try XMLWalk.over(unsafe Array(text.utf8).span.bytes, telling: notes)
        return notes.story
    }

    @Test(arguments: [
        ("<a><b>x</b><c/></a>", "<a<bx><c>>"),
        ("<?xml version=\"1.0\"?>\n<a b='1'>x<!-- n -->y</a>", "<axy>"),
        ("<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</a>", "<a<&>\"'AB>"),
        ("<a><![CDATA[<b>]]></a>", "<a<b>>"), ("<a xmlns='urn:x'><y:b xmlns:y='u'/></a>", "<a<y:b>>"),
    ])
    func `elements and their text are told in order, entities resolved`(text: String, story: String) throws {
        #expect(try walk(text) == story)
    }

    @Test(arguments: ["", "x", "<a>", "<a></b>", "<a>&nbsp;</a>", "<a></a><b></b>", "<a>\u{1}</a>", "{\"a\": 1}"])
    func `what is no XML is refused, with the line`(text: String) {
        #expect { try walk(text) } throws: {
            if case .malformed(_, let line)? = $0 as? XMLFailure { line >= 1 } else { false }
        }
    }

    @Test(arguments: [
        "<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a>&e;</a>",
    ])
    func `no document declares entities or names files`(text: String) {
        #expect(throws: XMLFailure.documentType) { try walk(text) }
    }

    @Test func `depth and number of elements are bounded`() {
        let deep = String(repeating: "<a>", count: 33) + String(repeating: "</a>", count: 33)
        #expect(throws: XMLFailure.tooDeep) { try walk(deep) }
        let bearable = String(repeating: "<a>", count: 32) + String(repeating: "</a>", count: 32)
        #expect(throws: Never.self) { try walk(bearable) }
        #expect(throws: XMLFailure.tooManyElements) {
            try walk("<a>" + String(repeating: "<b/>", count: XMLWalk.elementsAtMost) + "</a>")
        }
    }
}
