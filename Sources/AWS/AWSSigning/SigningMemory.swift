internal import COpenSSL
internal import CSecureHeap
internal import Secrets
internal import Synchronization

/// Where libcrypto has signing keys, and all that it makes of them: its secure heap, which is locked, left out of cores and
/// between guard pages.
package enum SigningMemory {
    /// Sets the memory apart, once; signing would do it by itself. Whether it is locked is part of `SecretMemory.status`
    /// from then on.
    package static func prepare() {
        _ = isPrepared
        guard secure_heap_overflows() > 0, !hasOverflowed.exchange(true, ordering: .relaxed) else { return }
        SecretMemory.noteUnlocked(because: "there are more signing keys than there is memory set apart for them")
    }

    /// A context with its key takes 1.2 KiB of libcrypto 3.0, in blocks of powers of two: 2 KiB for each of the 64 that a
    /// keyring holds. What does not fit lies in ordinary memory, and is noted.
    private static let bytes = 128 * 1024
    /// A derived key has 32 bytes, "AWS4" and a secret access key 44.
    private static let blockBytes = 64

    private static let hasOverflowed = Atomic(false)

    private static let isPrepared: Bool = {
        switch secure_heap_prepare(bytes, blockBytes) {
        case SECURE_HEAP_LOCKED: break
        case SECURE_HEAP_UNLOCKED: SecretMemory.noteUnlocked()
        default:
            SecretMemory.noteUnlocked(
                because: "libcrypto keeps signing keys in ordinary memory: its memory functions are another's")
        }
        warmUp()
        return true
    }()

    /// What libcrypto makes for its first context it keeps, and it is no secret: it is not to take room from keys.
    private static func warmUp() {
        guard let hmac = unsafe OpenSSL.hmac, let context = unsafe EVP_MAC_CTX_new(hmac) else { return }
        // SAFETY: the context is this function's alone, the key is one byte of the array.
        _ = unsafe copenssl_hmac_sha256_set_key(context, [0], 1)
        unsafe EVP_MAC_CTX_free(context)
    }
}
