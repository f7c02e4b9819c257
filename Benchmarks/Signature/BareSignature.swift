import AWSSigning
import BareOpenSSL
import Timestamps

/// The same hash and the same HMAC as in a signed request, called from C.
struct BareSignature {
    private let key: [UInt8]
    private let canonicalRequest: [UInt8]
    private let stringToSign: [UInt8]

    init(of signed: SignedRequest) throws {
        var key = [UInt8](repeating: 0, count: Int(BARE_BYTES))
        let date = Example.instant.basicDate
        // SAFETY: the strings and the array live for the calls; the array has the BARE_BYTES that are written and read.
        guard
            unsafe bare_signing_key(Example.secret, date, Example.scope.region, Example.scope.service, &key) == 1,
            unsafe bare_prepare(key) == 1
        else { throw Failure(what: "libcrypto refuses") }
        self.key = key
        canonicalRequest = Array(signed.canonicalRequest.utf8)
        stringToSign = Array(signed.stringToSign.utf8)
    }

    func signReused(times: Int) throws -> [UInt8] {
        // SAFETY: the texts are only used in the closure that they are lent to.
        try unsafe withTexts { request, string, signature in
            unsafe bare_sign_reused(UInt32(times), request, string, signature)
        }
    }

    func signOneShot(times: Int) throws -> [UInt8] {
        // SAFETY: the texts are only used in the closure that they are lent to.
        try unsafe withTexts { request, string, signature in
            unsafe bare_sign_one_shot(UInt32(times), key, request, string, signature)
        }
    }

    private func withTexts(
        _ sign: (_ request: BareText, _ string: BareText, _ signature: UnsafeMutablePointer<UInt8>?) -> Int32
    ) throws -> [UInt8] {
        // SAFETY: the pointers are used while the arrays lend them; the C side writes BARE_BYTES and no more.
        let signature = unsafe canonicalRequest.withUnsafeBufferPointer { request in
            unsafe stringToSign.withUnsafeBufferPointer { string in
                unsafe [UInt8](unsafeUninitializedCapacity: Int(BARE_BYTES)) { room, count in
                    let request = unsafe BareText(bytes: request.baseAddress, count: request.count)
                    let string = unsafe BareText(bytes: string.baseAddress, count: string.count)
                    count = unsafe sign(request, string, room.baseAddress) == 1 ? Int(BARE_BYTES) : 0
                }
            }
        }
        guard !signature.isEmpty else { throw Failure(what: "libcrypto refuses") }
        return signature
    }
}
