extension Timestamp {
    /// Reads RFC 3339, 5.6, and nothing else: date, `T`, time to the second, a fraction of any length (9 digits of it count),
    /// and a zone that has to be there, `Z` or ±hh:mm. `t` and `z` do too.
    ///
    /// - Returns: nil for anything else, for a leap second, and for years outside 0001 to 9999.
    package init?(parsingRFC3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[10] | 0x20 == UInt8(ascii: "t"),
            bytes[16] == UInt8(ascii: ":"), bytes[bytes.count - 1] | 0x20 == UInt8(ascii: "z") || Self.hasOffset(bytes)
        else { return nil }
        self.init(parsingISO8601: text)
    }

    /// Whether it ends in ±hh:mm.
    private static func hasOffset(_ bytes: [UInt8]) -> Bool {
        let sign = bytes[bytes.count - 6]
        return (sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")) && bytes[bytes.count - 3] == UInt8(ascii: ":")
    }
}
