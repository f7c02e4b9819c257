/// Text under construction, as bytes: half of what a signature costs beyond its hashes is putting strings together.
struct ByteText {
    private(set) var bytes: [UInt8] = []

    /// - Parameter room: how many bytes it may grow to without being moved.
    init(room: Int) { bytes.reserveCapacity(room) }

    var count: Int { bytes.count }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }
    mutating func append(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }

    mutating func append(_ text: String) {
        // SAFETY: the buffer is copied during the call. (Appending a UTF8View copies it by index, at three times the cost.)
        unsafe text.utf8.span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    /// Puts `byte` in the place of the last one.
    mutating func replaceLast(with byte: UInt8) {
        guard !bytes.isEmpty else { return }
        bytes[bytes.count - 1] = byte
    }

    /// Appends the bytes of a hash as pairs of lower-case hexadecimal digits.
    mutating func appendHexadecimal(_ hash: borrowing InlineArray<32, UInt8>) {
        var digits = InlineArray<64, UInt8>(repeating: 0)
        for index in hash.indices {
            digits[2 &* index] = Self.digit(hash[index] &>> 4)
            digits[2 &* index &+ 1] = Self.digit(hash[index] & 15)
        }
        // SAFETY: as above.
        unsafe digits.span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value &+ (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
}
