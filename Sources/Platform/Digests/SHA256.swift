internal import COpenSSL

/// SHA-256 (FIPS 180-4) by libcrypto, in a context that is used again and again: making one costs more than hashing a
/// short message in it. One thread at a time: calling is `mutating`.
///
/// Where no provider of libcrypto has SHA-256, every message is refused.
@safe package struct SHA256: ~Copyable {
    /// nil when there is none to be had.
    private let context: OpaquePointer?
    private var isRefused: Bool
    /// Nothing has been taken in since the last reset, which is not for nothing.
    private var isFresh = true

    package init() {
        let context = unsafe EVP_MD_CTX_new()
        unsafe self.context = context
        // SAFETY: libcrypto refuses an absent context, and an absent algorithm in a new one.
        isRefused = unsafe context == nil || EVP_DigestInit_ex(context, Self.algorithm, nil) != 1
    }

    // SAFETY: the context is ours alone; freeing none is allowed.
    deinit { unsafe EVP_MD_CTX_free(context) }

    /// The hash of `message` alone; what was taken in before is forgotten. nil when libcrypto refuses.
    package mutating func digest(of message: Span<UInt8>) -> SHA256Digest? {
        if !isFresh { reset() }
        update(message)
        return finish()
    }

    /// Takes in more of a message that comes in pieces. What libcrypto refuses shows in `finish`.
    package mutating func update(_ bytes: Span<UInt8>) {
        guard !isRefused else { return }
        isFresh = false
        // SAFETY: a context that is not refused is there, and ours alone; the bytes are read for their count.
        let done = unsafe bytes.withUnsafeBufferPointer { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        isRefused = done != 1
    }

    /// The hash of all pieces since the last reset, and begins anew. nil when libcrypto refused any of it.
    package mutating func finish() -> SHA256Digest? {
        guard !isRefused else {
            reset()
            return nil
        }
        var digest = SIMD32<UInt8>()
        // SAFETY: as above; a SHA-256 digest is 32 bytes, which `digest` has room for.
        let done = unsafe withUnsafeMutableBytes(of: &digest) { digest in
            unsafe EVP_DigestFinal_ex(context, digest.bindMemory(to: UInt8.self).baseAddress, nil)
        }
        reset()
        return done == 1 ? SHA256Digest(digest) : nil
    }

    /// Forgets the pieces taken in so far.
    package mutating func reset() {
        guard let context = unsafe context, unsafe Self.algorithm != nil else { return }
        // SAFETY: no algorithm means the one that is there already: EVP_DigestInit(3).
        isRefused = unsafe EVP_DigestInit_ex(context, nil, nil) != 1
        isFresh = true
    }

    /// The algorithm, fetched once: looking it up by name costs more than using it. It may be used from many threads at
    /// once (EVP_MD_fetch(3)).
    // SAFETY: written once, before the first use, and never freed.
    private static nonisolated(unsafe) let algorithm: OpaquePointer? = unsafe EVP_MD_fetch(nil, "SHA256", nil)
}

extension SHA256 {
    /// The hash of one message, by a context made for it. nil when libcrypto refuses.
    package static func digest(of message: [UInt8]) -> SHA256Digest? {
        var digest = SIMD32<UInt8>()
        guard let algorithm = unsafe algorithm else { return nil }
        // SAFETY: the input is read for its count; a SHA-256 digest is 32 bytes, which `digest` has room for.
        let done = unsafe withUnsafeMutableBytes(of: &digest) { digest in
            unsafe message.withUnsafeBytes { message in
                unsafe EVP_Digest(message.baseAddress, message.count, digest.baseAddress, nil, algorithm, nil)
            }
        }
        return done == 1 ? SHA256Digest(digest) : nil
    }
}
