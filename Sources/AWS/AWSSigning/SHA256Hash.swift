internal import COpenSSL

/// SHA-256 (FIPS 180-4) by libcrypto, in the lower-case hexadecimal that SigV4 writes it in.
package enum SHA256Hash {
    /// The hash of no bytes: the payload hash of a request without a body.
    package static let hexDigestOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// The hash of `bytes` as 64 characters.
    package static func hexDigest(of bytes: [UInt8]) throws(SigningFailure) -> String {
        var digits = ByteText(room: 64)
        digits.appendHexadecimal(try digest(of: bytes))
        return digits.text
    }

    static func digest(of bytes: [UInt8]) throws(SigningFailure) -> SIMD32<UInt8> {
        guard let sha256 = unsafe OpenSSL.sha256 else { throw .cryptography }
        var digest = SIMD32<UInt8>()
        // SAFETY: the input is read for its count; a SHA-256 digest is 32 bytes, which `digest` has room for.
        let done = unsafe withUnsafeMutableBytes(of: &digest) { digest in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe EVP_Digest(bytes.baseAddress, bytes.count, digest.baseAddress, nil, sha256, nil)
            }
        }
        guard done == 1 else { throw .cryptography }
        return digest
    }
}
