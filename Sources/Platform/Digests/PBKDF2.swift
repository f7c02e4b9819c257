internal import COpenSSL

/// A key from a passphrase, slowly: PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2), by libcrypto.
package enum PBKDF2 {
    /// Rounds of HMAC, as OWASP's Password Storage Cheat Sheet has it for SHA-256: some tens of milliseconds.
    private static let rounds: Int32 = 600_000
    private static let keyBytes = 32

    /// nil when libcrypto refuses.
    package static func key(passphrase: Span<UInt8>, salt: Span<UInt8>) -> [UInt8]? {
        var key = [UInt8](repeating: 0, count: keyBytes)
        // SAFETY: libcrypto reads each input for its count and writes `keyBytes` bytes, which `key` has.
        let done = unsafe passphrase.withUnsafeBytes { passphrase in
            unsafe salt.withUnsafeBytes { salt in
                unsafe PKCS5_PBKDF2_HMAC(
                    passphrase.bindMemory(to: CChar.self).baseAddress, Int32(passphrase.count),
                    salt.bindMemory(to: UInt8.self).baseAddress, Int32(salt.count), rounds, EVP_sha256(),
                    Int32(keyBytes), &key)
            }
        }
        return done == 1 ? key : nil
    }
}
