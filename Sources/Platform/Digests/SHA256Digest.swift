/// The 32 bytes of a SHA-256, and their 64 hexadecimal digits. No secret: it is compared and printed as it is.
package struct SHA256Digest: Sendable, Hashable {
    package let bytes: SIMD32<UInt8>

    package init(_ bytes: SIMD32<UInt8>) { self.bytes = bytes }

    /// 32 zero bytes: what stands where there is nothing to hash.
    package static let zero = SHA256Digest(SIMD32<UInt8>())

    package static let hexDigits = 64

    /// Reads 64 digits, lower-case only: a digest has one spelling.
    package init?(hex digits: borrowing Span<UInt8>) {
        guard digits.count == Self.hexDigits else { return nil }
        var bytes = SIMD32<UInt8>()
        for index in 0..<32 {
            guard let high = Self.value(of: digits[2 * index]), let low = Self.value(of: digits[2 * index + 1]) else {
                return nil
            }
            bytes[index] = high << 4 | low
        }
        self.init(bytes)
    }

    package init?(hex text: String) { self.init(hex: Array(text.utf8).span) }

    /// The digits, lower-case.
    package var hex: String {
        var digits: [UInt8] = []
        appendHex(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// Appends the digits, lower-case.
    package func appendHex(to out: inout [UInt8]) {
        let pairs = hexPairs
        // SAFETY: integers have no padding, and the pairs are copied whole during the call.
        unsafe withUnsafeBytes(of: pairs) { unsafe out.append(contentsOf: $0) }
    }

    /// The digits, lower-case, as they lie in memory: two in each.
    package var hexPairs: InlineArray<32, UInt16> {
        var pairs = InlineArray<32, UInt16>(repeating: 0)
        // SAFETY: the vector is read within its 32 bytes during the call.
        unsafe withUnsafeBytes(of: bytes) { bytes in
            for index in pairs.indices { unsafe pairs[index] = Self.digits(of: bytes[index]) }
        }
        return pairs
    }

    /// Both digits, the higher first in memory, and without a branch: the digits of a hash are beyond prediction.
    private static func digits(of byte: UInt8) -> UInt16 {
        let halves = UInt16(byte >> 4) | UInt16(byte & 15) << 8
        let lettersAmong = (halves &+ 0x0606) >> 4 & 0x0101
        return (halves &+ 0x3030 &+ lettersAmong &* 39).littleEndian
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
