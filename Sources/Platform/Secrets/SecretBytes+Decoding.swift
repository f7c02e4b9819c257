/// Secrets out of texts in which some characters are written as escapes. They are resolved from locked memory to locked
/// memory: no String, no array.
extension SecretBytes {
    /// What stands between the quotes of a JSON string (RFC 8259, 7), as bytes of UTF-8. Nil when it is none: an escape that
    /// does not exist or is cut off, half of a surrogate pair, a quote, a control character.
    package init?(decodingJSONString text: borrowing RawSpan) {
        self.init(decoding: text, escape: UInt8(ascii: "\\"), by: JSONEscape.read) {
            $0 >= 0x20 && $0 != UInt8(ascii: "\"")
        }
    }

    /// Character data of an XML element (XML 1.0, 2.4): the five entities that need no declaration and the references by
    /// number are resolved. Nil when there is another, one that is not a character, or markup.
    package init?(decodingXMLText text: borrowing RawSpan) {
        self.init(decoding: text, escape: UInt8(ascii: "&"), by: XMLReference.read) { $0 != UInt8(ascii: "<") }
    }

    /// No escape is shorter than the UTF-8 of what it stands for, so that the text's own length is room enough.
    private init?(
        decoding text: borrowing RawSpan, escape: UInt8,
        by read: (borrowing RawSpan, inout Int) -> Unicode.Scalar?, allowing isAllowed: (UInt8) -> Bool
    ) {
        var written: Int? = 0
        let decoded = SecretBytes(count: text.byteCount) { out in
            var index = 0
            var end = 0
            while index < text.byteCount {
                let byte = text[index]
                guard byte == escape else {
                    guard isAllowed(byte) else { return written = nil }
                    out.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
                    (index, end) = (index + 1, end + 1)
                    continue
                }
                guard let scalar = read(text, &index), let bytes = UTF8.encode(scalar) else { return written = nil }
                for byte in bytes {
                    out.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
                    end += 1
                }
            }
            written = end
        }
        guard let written else { return nil }
        self = decoded.slice(0..<written)
    }
}

private enum JSONEscape {
    /// The character that the escape at `index` stands for, which moves behind it.
    static func read(_ text: borrowing RawSpan, _ index: inout Int) -> Unicode.Scalar? {
        guard index + 1 < text.byteCount else { return nil }
        let kind = text[index + 1]
        index += 2
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return unicode(text, &index)
        default: return nil
        }
    }

    private static func unicode(_ text: borrowing RawSpan, _ index: inout Int) -> Unicode.Scalar? {
        guard let unit = unit(text, &index) else { return nil }
        guard (0xD800...0xDBFF).contains(unit) else { return Unicode.Scalar(unit) }
        guard index + 1 < text.byteCount, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        index += 2
        guard let low = self.unit(text, &index), (0xDC00...0xDFFF).contains(low) else { return nil }
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    }

    /// Four hexadecimal digits.
    private static func unit(_ text: borrowing RawSpan, _ index: inout Int) -> UInt32? {
        guard index + 4 <= text.byteCount else { return nil }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = digit(text[index], radix: 16) else { return nil }
            unit = unit << 4 | digit
            index += 1
        }
        return unit
    }
}

private enum XMLReference {
    /// The most characters of a reference, "&" and ";" not counted: `#x10FFFF` and some zeros before it.
    private static let characters = 16

    /// The character that the reference at `index` stands for, which moves behind its semicolon.
    static func read(_ text: borrowing RawSpan, _ index: inout Int) -> Unicode.Scalar? {
        let start = index + 1
        var end = start
        while end < text.byteCount, end - start <= characters, text[end] != UInt8(ascii: ";") { end += 1 }
        guard end < text.byteCount, text[end] == UInt8(ascii: ";"), end > start else { return nil }
        index = end + 1
        if text[start] == UInt8(ascii: "#") { return number(text, start + 1..<end) }
        for (name, character) in entities where name.utf8CodeUnitCount == end - start {
            var isSame = true
            name.withUTF8Buffer { name in
                for offset in 0..<name.count where unsafe name[offset] != text[start + offset] { isSame = false }
            }
            if isSame { return character }
        }
        return nil
    }

    private static let entities: [(StaticString, Unicode.Scalar)] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"),
    ]

    private static func number(_ text: borrowing RawSpan, _ digits: Range<Int>) -> Unicode.Scalar? {
        guard let first = digits.first else { return nil }
        let isHexadecimal = text[first] == UInt8(ascii: "x")
        let digits = isHexadecimal ? first + 1..<digits.upperBound : digits
        guard !digits.isEmpty else { return nil }
        var value: UInt32 = 0
        for index in digits {
            guard let digit = digit(text[index], radix: isHexadecimal ? 16 : 10) else { return nil }
            value = value * (isHexadecimal ? 16 : 10) + digit
            guard value <= 0x10FFFF else { return nil }
        }
        guard value >= 0x20 || value == 0x9 || value == 0xA || value == 0xD, value != 0xFFFE, value != 0xFFFF else {
            return nil
        }
        return Unicode.Scalar(value)
    }
}

private func digit(_ byte: UInt8, radix: UInt32) -> UInt32? {
    let value: UInt32
    switch byte {
    case 0x30...0x39: value = UInt32(byte) - 0x30
    case 0x41...0x46: value = UInt32(byte) - 0x41 + 10
    case 0x61...0x66: value = UInt32(byte) - 0x61 + 10
    default: return nil
    }
    return value < radix ? value : nil
}

extension RawSpan {
    /// The byte at `index`, which must be within.
    fileprivate subscript(index: Int) -> UInt8 {
        // SAFETY: any byte is a UInt8; the offset is checked.
        unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
}
