/// One multi-byte character of UTF-8, checked as RFC 3629, section 4 spells it out: no overlong form, no surrogate,
/// nothing past U+10FFFF.
enum UTF8Sequence {
    /// The length in bytes, 2 to 4, of the sequence whose first byte (0x80 or more) is at `start`.
    static func length(at start: Int, in bytes: Span<UInt8>) throws(JSONFailure) -> Int {
        let second: ClosedRange<UInt8>
        let length: Int
        switch bytes[start] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONFailure(.invalidUTF8, at: start)
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else {
            throw JSONFailure(.invalidUTF8, at: start)
        }
        for offset in 2..<max(length, 2) where bytes[start + offset] & 0xC0 != 0x80 {
            throw JSONFailure(.invalidUTF8, at: start)
        }
        return length
    }
}
