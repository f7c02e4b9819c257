extension JSONValue {
    /// Appends the value in its most compact form: one line, whatever its strings hold.
    package func write(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let number): out.append(contentsOf: number.text.utf8)
        case .string(let string): JSONText.appendQuoted(string, to: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let object): object.write(to: &out)
        }
    }

    /// The value in its most compact form.
    package var text: String {
        var out: [UInt8] = []
        write(to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}

extension JSONObject {
    /// Appends the object in its most compact form.
    package func write(to out: inout [UInt8]) {
        out.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            JSONText.appendQuoted(member.name, to: &out)
            out.append(UInt8(ascii: ":"))
            member.value.write(to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }
}

/// Pieces of JSON for those who write it straight into a buffer.
package enum JSONText {
    /// Appends `string` in quotes. Quotes, backslashes, control characters (DEL and C1 too), U+2028 and U+2029 are escaped:
    /// one line stays one line in every terminal and parser.
    package static func appendQuoted(_ string: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        // SAFETY: the pointer is used within the closure only.
        let wasPlain = unsafe string.utf8.withContiguousStorageIfAvailable { characters in
            for index in characters.indices where unsafe !isPlain(characters[index]) { return false }
            unsafe out.append(contentsOf: characters)
            return true
        }
        if wasPlain != true { appendEscaped(string, to: &out) }
        out.append(UInt8(ascii: "\""))
    }

    /// ASCII that stands for itself.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func appendEscaped(_ string: String, to out: inout [UInt8]) {
        for scalar in string.unicodeScalars {
            switch scalar.value {
            case 0x22: out.append(contentsOf: "\\\"".utf8)
            case 0x5C: out.append(contentsOf: "\\\\".utf8)
            case 0x0A: out.append(contentsOf: "\\n".utf8)
            case 0x0D: out.append(contentsOf: "\\r".utf8)
            case 0x09: out.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: appendUnicodeEscape(scalar.value, to: &out)
            case 0x20..<0x7F: out.append(UInt8(truncatingIfNeeded: scalar.value))
            default: out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    /// Appends text that is JSON as it stands: punctuation, names.
    package static func append(_ literal: StaticString, to out: inout [UInt8]) {
        // SAFETY: a StaticString of several characters points at bytes that live for ever, and this is all of them.
        guard literal.hasPointerRepresentation else { return out.append(contentsOf: literal.description.utf8) }
        unsafe out.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends a decimal integer.
    package static func append(_ value: Int64, to out: inout [UInt8]) {
        if value < 0 { out.append(UInt8(ascii: "-")) }
        append(value.magnitude, to: &out)
    }

    /// Appends a decimal integer.
    package static func append(_ value: UInt64, to out: inout [UInt8]) {
        var scale: UInt64 = 1
        while value / scale >= 10 { scale *= 10 }
        while scale > 0 {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / scale % 10))
            scale /= 10
        }
    }

    private static func appendUnicodeEscape(_ value: UInt32, to out: inout [UInt8]) {
        let digits = String(value, radix: 16)
        out.append(contentsOf: "\\u".utf8)
        out.append(contentsOf: String(repeating: "0", count: 4 - digits.utf8.count).utf8)
        out.append(contentsOf: digits.utf8)
    }
}
