internal import COpenSSL
internal import CSecureHeap

/// HMAC with SHA-256 (RFC 2104) under one key, by libcrypto.
///
/// The key is set once and stays in libcrypto's context, at two thirds of what setting it each time would cost;
/// libcrypto wipes it with the context, at deinit. All of the context, the states included that HMAC makes of the key and that
/// sign as well as it does, lies in the memory of `SigningMemory`. One thread at a time: calling is `mutating`.
@safe struct HMACSHA256: ~Copyable, @unchecked Sendable {
    static let codeBytes = 32

    private let context: OpaquePointer

    /// HMAC under `key`, which is not empty.
    init(key: borrowing RawSpan) throws(SigningFailure) {
        unsafe context = try Self.context(keyedWith: key)
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    /// Writes the code of `message` to `code`, which has room for `codeBytes`.
    mutating func authenticate(
        _ message: borrowing RawSpan, into code: inout MutableRawSpan
    ) throws(SigningFailure) {
        secure_heap_enter()
        defer { secure_heap_leave() }
        // SAFETY: the context is ours alone; the message is read for its count, and EVP_MAC_final is told the room.
        let done = unsafe message.withUnsafeBytes { message in
            unsafe code.withUnsafeMutableBytes { code in
                var written = 0
                return unsafe EVP_MAC_init(context, nil, 0, nil) == 1
                    && EVP_MAC_update(context, message.baseAddress, message.count) == 1
                    && EVP_MAC_final(context, code.baseAddress, &written, code.count) == 1
                    && written == Self.codeBytes
            }
        }
        guard done else { throw .cryptography }
    }

    /// The code of `message`, for codes that are no secrets.
    mutating func code(of message: [UInt8]) throws(SigningFailure) -> SIMD32<UInt8> {
        var code = SIMD32<UInt8>()
        // SAFETY: bytes have no padding, in the array and in the vector, which the buffer is the whole of.
        try unsafe withUnsafeMutableBytes(of: &code) { buffer throws(SigningFailure) in
            var bytes = unsafe buffer.mutableBytes
            try authenticate(unsafe message.span.bytes, into: &bytes)
        }
        return code
    }

    private static func context(keyedWith key: borrowing RawSpan) throws(SigningFailure) -> OpaquePointer {
        SigningMemory.prepare()
        secure_heap_enter()
        defer { secure_heap_leave() }
        // libcrypto would take an absent key for "the one that is there already".
        guard !key.isEmpty, let hmac = unsafe OpenSSL.hmac, let context = unsafe EVP_MAC_CTX_new(hmac) else {
            throw .cryptography
        }
        // SAFETY: the key is read for its count, and copied.
        let done = unsafe key.withUnsafeBytes { unsafe copenssl_hmac_sha256_set_key(context, $0.baseAddress, $0.count) }
        guard done == 1 else {
            unsafe EVP_MAC_CTX_free(context)
            throw .cryptography
        }
        return unsafe context
    }
}
