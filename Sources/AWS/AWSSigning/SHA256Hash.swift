internal import Digests

/// SHA-256 in the lower-case hexadecimal that SigV4 writes it in.
package enum SHA256Hash {
    /// The hash of no bytes: the payload hash of a request without a body.
    package static let hexDigestOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// The hash of `bytes` as 64 characters.
    package static func hexDigest(of bytes: [UInt8]) throws(SigningFailure) -> String {
        SHA256Digest(try digest(of: bytes)).hex
    }

    static func digest(of bytes: [UInt8]) throws(SigningFailure) -> SIMD32<UInt8> {
        guard let digest = SHA256.digest(of: bytes) else { throw .cryptography }
        return digest.bytes
    }
}
