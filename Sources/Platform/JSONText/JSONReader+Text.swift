extension JSONReader {
    /// The characters of a string token, escapes resolved.
    package func text(of token: StringToken, in bytes: Span<UInt8>) -> String {
        guard token.hasEscapes else {
            // SAFETY: the pointer is used within the closure only; `extracting` has checked the range.
            return unsafe bytes.extracting(token.range).withUnsafeBufferPointer {
                unsafe String(decoding: $0, as: UTF8.self)
            }
        }
        return String(decoding: characters(of: token, in: bytes), as: UTF8.self)
    }

    /// The same in UTF-8, in one array that has not grown: a secret leaves no other copy.
    package func characters(of token: StringToken, in bytes: Span<UInt8>) -> [UInt8] {
        var characters: [UInt8] = []
        characters.reserveCapacity(token.range.count)
        var index = token.range.lowerBound
        while index < token.range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                characters.append(bytes[index])
                index += 1
                continue
            }
            index = appendEscape(at: index, in: bytes, to: &characters)
        }
        return characters
    }

    /// Whether the token's characters are those of `name`, which must be ASCII; allocates only when the token has escapes.
    package func matches(_ token: StringToken, _ name: StaticString, in bytes: Span<UInt8>) -> Bool {
        guard !token.hasEscapes else { return text(of: token, in: bytes) == name.description }
        guard token.range.count == name.utf8CodeUnitCount else { return false }
        let start = token.range.lowerBound
        // SAFETY: a StaticString made from a literal of several ASCII characters points at bytes that live for ever, and
        // the loop stays below their count.
        guard name.hasPointerRepresentation else { return text(of: token, in: bytes) == name.description }
        let wanted = unsafe name.utf8Start
        for offset in 0..<token.range.count where unsafe bytes[start + offset] != wanted[offset] { return false }
        return true
    }

    /// The value of a plain integer literal, or nil when it has a fraction or exponent, is `-0`, or does not fit.
    package func integer(of token: NumberToken, in bytes: Span<UInt8>) -> Int64? {
        guard token.isPlainInteger else { return nil }
        var magnitude: Int64 = 0
        var index = token.range.lowerBound
        let negative = bytes[index] == UInt8(ascii: "-")
        if negative { index += 1 }
        while index < token.range.upperBound {
            let (shifted, shiftOverflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = shifted.addingReportingOverflow(Int64(bytes[index] - UInt8(ascii: "0")))
            guard !shiftOverflow, !overflow else { return nil }
            magnitude = sum
            index += 1
        }
        guard !(negative && magnitude == 0) else { return nil }
        return negative ? -magnitude : magnitude
    }

    /// Resolves the escape at `index`, which `string(in:)` has checked, and says where the text goes on.
    private func appendEscape(at index: Int, in bytes: Span<UInt8>, to characters: inout [UInt8]) -> Int {
        switch bytes[index + 1] {
        case UInt8(ascii: "b"): characters.append(0x08)
        case UInt8(ascii: "f"): characters.append(0x0C)
        case UInt8(ascii: "n"): characters.append(0x0A)
        case UInt8(ascii: "r"): characters.append(0x0D)
        case UInt8(ascii: "t"): characters.append(0x09)
        case UInt8(ascii: "u"):
            var unit = hexUnit(at: index + 2, in: bytes)
            var next = index + 6
            if (0xD800...0xDBFF).contains(unit) {
                unit = 0x10000 + (unit - 0xD800) << 10 + (hexUnit(at: index + 8, in: bytes) - 0xDC00)
                next += 6
            }
            guard let scalar = Unicode.Scalar(unit) else { return next }
            characters.append(contentsOf: String(Character(scalar)).utf8)
            return next
        default: characters.append(bytes[index + 1])
        }
        return index + 2
    }

    private func hexUnit(at index: Int, in bytes: Span<UInt8>) -> UInt32 {
        var unit: UInt32 = 0
        for offset in 0..<4 { unit = unit << 4 | (Self.hexValue(of: bytes[index + offset]) ?? 0) }
        return unit
    }
}
