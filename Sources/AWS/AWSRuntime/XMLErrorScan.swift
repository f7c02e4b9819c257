/// `<Code>` and `<Message>` of an error written in XML where JSON was due.
///
/// AWS's front ends and its test doubles refuse bad signatures and missing rights in the XML of the query protocols,
/// whatever the service speaks. This is a scan, not a parser: no attributes, no CDATA, no entities but XML's own five,
/// the first element of each name counts, and the caller bounds the text.
struct XMLErrorScan {
    let code: String
    let message: String?

    /// - Returns: nil when the text is not such an error.
    init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "<"), text.contains("<Error>") || text.contains("<Error "),
            let code = Self.element("Code", in: text)
        else { return nil }
        self.code = code
        self.message = Self.element("Message", in: text)
    }

    private static func element(_ name: String, in text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let start = end(of: "<\(name)>", in: bytes, from: 0),
            let next = bytes[start...].firstIndex(of: UInt8(ascii: "<")),
            bytes[next...].starts(with: "</\(name)>".utf8)
        else { return nil }
        return unescaped(HeaderText.trimmed(String(decoding: bytes[start..<next], as: UTF8.self)))
    }

    private static func end(of tag: String, in bytes: [UInt8], from start: Int) -> Int? {
        let wanted = Array(tag.utf8)
        var at = start
        while at + wanted.count <= bytes.count {
            if bytes[at...].starts(with: wanted) { return at + wanted.count }
            at += 1
        }
        return nil
    }

    private static let entities = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"]

    private static func unescaped(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            let name = rest[rest.index(after: ampersand)...].prefix(5).prefix { $0 != ";" }
            if let character = entities[String(name)], rest[name.endIndex...].first == ";" {
                result += character
                rest = rest[rest.index(after: name.endIndex)...]
            } else {
                result += "&"
                rest = rest[rest.index(after: ampersand)...]
            }
        }
        return result + rest
    }
}
