internal import COpenSSL

/// SHA-1 (FIPS 180-4) by libcrypto, for names of files that others have chosen by it. It protects nothing.
package enum SHA1Hash {
    /// 40 hexadecimal digits in lower case; nil when libcrypto refuses.
    package static func hexDigest(of text: String) -> String? {
        var digest = [UInt8](repeating: 0, count: 20)
        let message = Array(text.utf8)
        // SAFETY: the input is read for its count; a SHA-1 digest is 20 bytes, which `digest` has room for.
        let done = unsafe digest.withUnsafeMutableBufferPointer { digest in
            unsafe EVP_Digest(message, message.count, digest.baseAddress, nil, EVP_sha1(), nil)
        }
        guard done == 1 else { return nil }
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
