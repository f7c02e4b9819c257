extension String {
    /// The same text fit for a terminal: whatever could move the cursor, change the screen or turn the direction of
    /// writing is spelled out, as `\u{1B}`.
    package var escapedForTerminal: String {
        guard unicodeScalars.contains(where: \.isUnfitForTerminal) else { return self }
        var plain = ""
        for scalar in unicodeScalars {
            if scalar.isUnfitForTerminal {
                plain += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        return plain
    }
}

extension Unicode.Scalar {
    /// Controls (C0, DEL, C1), line and paragraph separators, BOM, and marks of direction.
    fileprivate var isUnfitForTerminal: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
