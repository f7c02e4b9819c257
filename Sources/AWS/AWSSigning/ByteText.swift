/// Text under construction, as bytes.
///
/// Half of what a signature costs is putting text together. It is done here, through buffers: appending strings to
/// strings, or their views to arrays, costs several times as much.
struct ByteText {
    private(set) var bytes: [UInt8] = []

    /// - Parameter room: how many bytes it may grow to without being moved.
    init(room: Int) { bytes.reserveCapacity(room) }

    var count: Int { bytes.count }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ other: Span<UInt8>) {
        // SAFETY: the buffer is copied during the call.
        unsafe other.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: String) { append(text.utf8.span) }

    /// Appends the bytes of a hash as pairs of lower-case hexadecimal digits.
    mutating func appendHexadecimal(_ hash: SIMD32<UInt8>) {
        var pairs = InlineArray<32, UInt16>(repeating: 0)
        // SAFETY: the hash is read within its 32 bytes, and the pairs are copied whole, during the calls.
        unsafe withUnsafeBytes(of: hash) { hash in
            for index in pairs.indices { unsafe pairs[index] = Self.digits(of: hash[index]) }
        }
        unsafe withUnsafeBytes(of: pairs) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Both digits, the higher first in memory, and without a branch: the digits of a hash are beyond prediction.
    private static func digits(of byte: UInt8) -> UInt16 {
        let halves = UInt16(byte >> 4) | UInt16(byte & 15) << 8
        let lettersAmong = (halves &+ 0x0606) >> 4 & 0x0101
        return (halves &+ 0x3030 &+ lettersAmong &* 39).littleEndian
    }

    /// Puts `byte` in the place of the last one.
    mutating func replaceLast(with byte: UInt8) {
        guard !bytes.isEmpty else { return }
        bytes[bytes.count - 1] = byte
    }
}
