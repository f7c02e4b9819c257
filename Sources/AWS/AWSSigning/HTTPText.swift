/// What may stand where in the head of a request (RFC 9110).
enum HTTPText {
    /// A method or a header's name: letters, digits and fifteen signs (5.6.2).
    static func isToken(_ text: String) -> Bool {
        let bytes = text.utf8.span
        for index in bytes.indices where !isTokenByte(bytes[index]) { return false }
        return !bytes.isEmpty
    }

    /// Whether `text` has a control character. CR, LF and NUL would end a line of the request or hide its rest (5.5).
    static func hasControls(_ text: String) -> Bool {
        let bytes = text.utf8.span
        for index in bytes.indices where bytes[index] < 0x20 || bytes[index] == 0x7F { return true }
        return false
    }

    /// What keeps a header's value from being signed as it is.
    struct Blemishes: OptionSet {
        let rawValue: UInt8
        /// A control character other than tab: it must not be sent.
        static let controls = Blemishes(rawValue: 1)
        /// Blanks at an end, or more than one in a row, or a tab: they are collapsed.
        static let blanks = Blemishes(rawValue: 2)
    }

    static func blemishes(of value: String) -> Blemishes {
        let bytes = value.utf8.span
        var found: Blemishes = []
        var previous = space
        for index in bytes.indices {
            let byte = bytes[index]
            if byte <= space || byte == 0x7F {
                if byte != space && byte != tab {
                    found.insert(.controls)
                } else if byte == tab || previous == space {
                    found.insert(.blanks)
                }
            }
            previous = byte
        }
        if previous == space && !bytes.isEmpty { found.insert(.blanks) }
        return found
    }

    /// Appends `value` without blanks at its ends and with one space for each run of blanks, quoted or not.
    static func appendCollapsed(_ value: String, to out: inout ByteText) {
        let words = value.utf8.split { $0 == space || $0 == tab }
        out.append(Array(words.joined(separator: [space])).span)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "!"), UInt8(ascii: "#"),
            UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")
}
