internal import COpenSSL

/// The algorithm of libcrypto that signing needs besides SHA-256, fetched once: looking one up by name costs more than
/// using it.
///
/// Nil when no provider has it. Fetched algorithms may be used from many threads at once (EVP_MAC_fetch(3)).
enum OpenSSL {
    // SAFETY: written once, before the first use, and never freed.
    static nonisolated(unsafe) let hmac: OpaquePointer? = unsafe EVP_MAC_fetch(nil, "HMAC", nil)

    /// Whether two byte strings are equal, in a time that tells nothing of where they differ (CRYPTO_memcmp(3)).
    static func areEqual(_ left: borrowing RawSpan, _ right: borrowing RawSpan) -> Bool {
        guard left.byteCount == right.byteCount else { return false }
        return unsafe left.withUnsafeBytes { left in
            // SAFETY: both buffers hold `left.count` bytes during the call.
            unsafe right.withUnsafeBytes { unsafe CRYPTO_memcmp(left.baseAddress, $0.baseAddress, left.count) == 0 }
        }
    }
}
