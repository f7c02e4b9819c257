import Digests
import Testing

@Suite struct SHA256Tests {
    // FIPS 180-2, appendix B, and the hash of nothing.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `the published vectors, alone and in a context used before`(message: String, expected: String) {
        let bytes = Array(message.utf8)
        #expect(SHA256.digest(of: bytes)?.hex == expected)
        var hash = SHA256()
        for _ in 0..<3 { #expect(hash.digest(of: bytes.span)?.hex == expected) }
    }

    @Test func `a message comes out the same however it is cut`() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var hash = SHA256()
        for size in [1, 63, 64, 65, 999] {
            for start in stride(from: 0, to: bytes.count, by: size) {
                let piece = Array(bytes[start..<min(start + size, bytes.count)])
                hash.update(piece.span)
            }
            #expect(hash.finish() == SHA256.digest(of: bytes))
        }
    }

    @Test func `pieces that were forgotten do not count`() {
        var hash = SHA256()
        hash.update(Array("abc".utf8).span)
        hash.reset()
        #expect(hash.finish() == SHA256.digest(of: []))
        hash.update(Array("abc".utf8).span)
        #expect(hash.digest(of: Array<UInt8>().span) == SHA256.digest(of: []))
    }

    @Test func `a digest is read from its digits, in their one spelling`() throws {
        let digest = try #require(SHA256.digest(of: Array("abc".utf8)))
        #expect(SHA256Digest(hex: digest.hex) == digest)
        #expect(SHA256Digest(hex: digest.hex.uppercased()) == nil)
        #expect(SHA256Digest(hex: String(digest.hex.dropLast())) == nil)
        #expect(SHA256Digest(hex: digest.hex + "0") == nil)
        #expect(SHA256Digest(hex: "g" + digest.hex.dropFirst()) == nil)
        #expect(SHA256Digest.zero.hex == String(repeating: "0", count: 64))
        for byte in UInt8.min...255 {
            let some = SHA256Digest(SIMD32(repeating: byte))
            #expect(SHA256Digest(hex: some.hex) == some)
        }
    }
}
