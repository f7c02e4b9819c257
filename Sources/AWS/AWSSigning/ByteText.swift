internal import Digests

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
    mutating func appendHexadecimal(_ hash: SIMD32<UInt8>) { SHA256Digest(hash).appendHex(to: &bytes) }

    /// Puts `byte` in the place of the last one.
    mutating func replaceLast(with byte: UInt8) {
        guard !bytes.isEmpty else { return }
        bytes[bytes.count - 1] = byte
    }
}
