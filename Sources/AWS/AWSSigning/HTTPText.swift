/// What may stand where in a request's head (RFC 9110). Bytes are looked at through spans: a string's own iteration
/// costs several times as much, and every byte of a request passes here.
enum HTTPText {
    /// A method or a header's name: letters, digits and fifteen signs (5.6.2).
    static func isToken(_ text: String) -> Bool {
        let bytes = text.utf8.span
        for index in bytes.indices where !isTokenByte(bytes[index]) { return false }
        return !bytes.isEmpty
    }

    /// Whether `text` has a control character other than tab. CR, LF and NUL would end a header or hide its rest (5.5).
    static func hasControls(_ text: String) -> Bool {
        let bytes = text.utf8.span
        // No early exit: a loop without one is done sixteen bytes at a time.
        var controls: UInt8 = 0
        for index in bytes.indices {
            let byte = bytes[index]
            controls |= (byte < 0x20 && byte != tab) || byte == 0x7F ? 1 : 0
        }
        return controls != 0
    }

    static func hasUpperCase(_ text: String) -> Bool {
        let bytes = text.utf8.span
        for index in bytes.indices where isUpperCase(bytes[index]) { return true }
        return false
    }

    /// Appends `value` without blanks at its ends and with one space for each run of blanks, quoted or not.
    static func appendCollapsed(_ value: String, to out: inout ByteText) {
        if isCollapsed(value.utf8.span) { return out.append(value) }
        let words = value.utf8.split { $0 == space || $0 == tab }
        out.append(Array(words.joined(separator: [space]))[...])
    }

    private static func isCollapsed(_ bytes: Span<UInt8>) -> Bool {
        guard let last = bytes.indices.last else { return true }
        guard bytes[0] != space, bytes[last] != space else { return false }
        // No early exit: a loop without one is done sixteen bytes at a time.
        var blanks = bytes[0] == tab ? 1 : 0
        for index in 1..<bytes.count {
            let isBlank = bytes[index] == tab || (bytes[index] == space && bytes[index - 1] == space)
            blanks |= isBlank ? 1 : 0
        }
        return blanks == 0
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "^"),
            UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: isUpperCase(byte)
        }
    }

    private static func isUpperCase(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }

    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")
}
