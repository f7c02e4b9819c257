/// A pull parser for JSON (RFC 8259) that allocates nothing: the caller walks, it checks.
///
/// The bytes are handed to every call instead of being kept, so that a reader can stand in any value. Every string is
/// checked to be UTF-8 without control characters or lone surrogates, every number to be in JSON's own grammar.
package struct JSONReader: Sendable {
    package enum Kind: Sendable { case object, array, string, number, bool, null }

    /// A string as it stands in the text, without its quotes.
    package struct StringToken: Sendable {
        package let range: Range<Int>
        package let hasEscapes: Bool
    }

    /// A number as it stands in the text.
    package struct NumberToken: Sendable {
        package let range: Range<Int>
        /// Neither a fraction nor an exponent is written.
        package let isPlainInteger: Bool
    }

    package private(set) var position = 0
    private let rules: JSONRules

    package init(rules: JSONRules) { self.rules = rules }

    /// What begins at the next byte that is no white space.
    package mutating func peek(in bytes: Span<UInt8>) throws(JSONFailure) -> Kind {
        skipWhiteSpace(in: bytes)
        switch try byte(in: bytes) {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw JSONFailure(.unexpectedByte, at: position)
        }
    }

    /// Takes `{`.
    package mutating func beginObject(in bytes: Span<UInt8>) throws(JSONFailure) {
        skipWhiteSpace(in: bytes)
        try take(UInt8(ascii: "{"), in: bytes)
    }

    /// The name of the next member and its colon, or nil after taking `}`. `isFirst` starts as true and is kept by the reader.
    package mutating func nextMember(
        in bytes: Span<UInt8>, isFirst: inout Bool
    ) throws(JSONFailure) -> StringToken? {
        guard try nextItem(closing: UInt8(ascii: "}"), in: bytes, isFirst: &isFirst) else { return nil }
        let name = try string(in: bytes)
        skipWhiteSpace(in: bytes)
        try take(UInt8(ascii: ":"), in: bytes)
        return name
    }

    /// Takes `[`.
    package mutating func beginArray(in bytes: Span<UInt8>) throws(JSONFailure) {
        skipWhiteSpace(in: bytes)
        try take(UInt8(ascii: "["), in: bytes)
    }

    /// Whether another element follows; false after taking `]`.
    package mutating func nextElement(in bytes: Span<UInt8>, isFirst: inout Bool) throws(JSONFailure) -> Bool {
        try nextItem(closing: UInt8(ascii: "]"), in: bytes, isFirst: &isFirst)
    }

    /// Takes a string with its quotes.
    package mutating func string(in bytes: Span<UInt8>) throws(JSONFailure) -> StringToken {
        skipWhiteSpace(in: bytes)
        try take(UInt8(ascii: "\""), in: bytes)
        let start = position
        var hasEscapes = false
        while true {
            switch try byte(in: bytes) {
            case UInt8(ascii: "\""):
                position += 1
                return StringToken(range: start..<position - 1, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try takeEscape(in: bytes)
            case 0..<0x20: throw JSONFailure(.controlCharacter, at: position)
            case 0x20..<0x80: position += 1
            default: position += try UTF8Sequence.length(at: position, in: bytes)
            }
        }
    }

    /// Takes a number; its value is left to the caller.
    package mutating func number(in bytes: Span<UInt8>) throws(JSONFailure) -> NumberToken {
        skipWhiteSpace(in: bytes)
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let leading = position
        guard takeDigits(in: bytes) else { throw JSONFailure(.invalidNumber, at: start) }
        if bytes[leading] == UInt8(ascii: "0"), position - leading > 1 { throw JSONFailure(.invalidNumber, at: start) }
        var plain = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            plain = false
            position += 1
            guard takeDigits(in: bytes) else { throw JSONFailure(.invalidNumber, at: start) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            plain = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard takeDigits(in: bytes) else { throw JSONFailure(.invalidNumber, at: start) }
        }
        return NumberToken(range: start..<position, isPlainInteger: plain)
    }

    /// Takes `true` or `false`.
    package mutating func bool(in bytes: Span<UInt8>) throws(JSONFailure) -> Bool {
        skipWhiteSpace(in: bytes)
        let isTrue = try byte(in: bytes) == UInt8(ascii: "t")
        try takeWord(isTrue ? "true" : "false", in: bytes)
        return isTrue
    }

    /// Takes `null`.
    package mutating func null(in bytes: Span<UInt8>) throws(JSONFailure) {
        skipWhiteSpace(in: bytes)
        try takeWord("null", in: bytes)
    }

    /// Checks that only white space is left.
    package mutating func end(in bytes: Span<UInt8>) throws(JSONFailure) {
        skipWhiteSpace(in: bytes)
        guard position == bytes.count else { throw JSONFailure(.trailingBytes, at: position) }
    }
}

extension JSONReader {
    package mutating func skipWhiteSpace(in bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private func byte(in bytes: Span<UInt8>) throws(JSONFailure) -> UInt8 {
        guard position < bytes.count else { throw JSONFailure(.unexpectedEnd, at: position) }
        return bytes[position]
    }

    private mutating func take(_ wanted: UInt8, in bytes: Span<UInt8>) throws(JSONFailure) {
        guard try byte(in: bytes) == wanted else { throw JSONFailure(.unexpectedByte, at: position) }
        position += 1
    }

    private mutating func nextItem(
        closing: UInt8, in bytes: Span<UInt8>, isFirst: inout Bool
    ) throws(JSONFailure) -> Bool {
        skipWhiteSpace(in: bytes)
        if try byte(in: bytes) == closing {
            position += 1
            return false
        }
        if !isFirst {
            try take(UInt8(ascii: ","), in: bytes)
            skipWhiteSpace(in: bytes)
        }
        isFirst = false
        return true
    }

    private mutating func takeDigits(in bytes: Span<UInt8>) -> Bool {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position > start
    }

    private mutating func takeWord(_ word: String, in bytes: Span<UInt8>) throws(JSONFailure) {
        for wanted in word.utf8 { try take(wanted, in: bytes) }
    }

    private mutating func takeEscape(in bytes: Span<UInt8>) throws(JSONFailure) {
        let start = position
        position += 1
        switch try byte(in: bytes) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            let unit = try takeHexUnit(in: bytes)
            if unit == 0, !rules.allowsNUL { throw JSONFailure(.nulCharacter, at: start) }
            guard (0xD800...0xDFFF).contains(unit) else { return }
            guard unit < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw JSONFailure(.loneSurrogate, at: start) }
            position += 2
            guard (0xDC00...0xDFFF).contains(try takeHexUnit(in: bytes)) else {
                throw JSONFailure(.loneSurrogate, at: start)
            }
        default: throw JSONFailure(.invalidEscape, at: start)
        }
    }

    private mutating func takeHexUnit(in bytes: Span<UInt8>) throws(JSONFailure) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Self.hexValue(of: try byte(in: bytes)) else {
                throw JSONFailure(.invalidEscape, at: position)
            }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }

    static func hexValue(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
