import AWSSigning
package import Secrets

extension ServiceError {
    /// Cuts the message where it begins to repeat what was sent.
    ///
    /// AWS explains a bad signature by quoting the request it saw, `X-Amz-Security-Token` and `Authorization` included:
    /// neither tokens nor signatures may travel on to a client, a log or a record, in whatever form they come back. The code
    /// is judged, too: a front end may put anything there.
    package mutating func withdrawEchoes(of credential: Credential?, secrets: [SealedText] = [], signature: String?) {
        var needles = Self.quotations + (signature.map { [Array($0.utf8)] } ?? [])
        for secret in secrets { needles += secret.bytes.lend { Self.forms(of: $0) } }
        if let forms = credential?.sessionToken?.lend(to: { Self.forms(of: $0) }) { needles += forms }
        message = Self.cut(message, before: needles)
        if Self.cut(code, before: needles) != code { code = String(httpStatus) }
    }

    /// With these words the services begin to quote.
    private static let quotations = [
        "The Canonical String", "The String-to-Sign", "Authorization=", "x-amz-security-token:", "AWS4-HMAC-SHA256",
        "WebIdentityToken=",
    ].map { Array($0.utf8) }

    private static func cut(_ text: String, before needles: [[UInt8]]) -> String {
        let bytes = text.utf8.map(lowercased)
        let first = needles.compactMap { position(of: $0.map(lowercased), in: bytes) }.min()
        guard let first else { return text }
        return HeaderText.trimmed(String(decoding: Array(text.utf8)[..<first], as: UTF8.self)) + "…"
    }

    /// Of a secret no more than its beginning has to come back for it to be one.
    private static let telling = 16

    /// The beginning of a secret as it is, percent-encoded, in hexadecimal digits, and in base64 wherever it stands there.
    private static func forms(of secret: borrowing RawSpan) -> [[UInt8]] {
        guard secret.byteCount > 0 else { return [] }
        let beginning = Span<UInt8>(_bytes: secret.extracting(first: min(telling, secret.byteCount)))
        // SAFETY: the buffer is copied within the call that lends it.
        let raw = unsafe beginning.withUnsafeBufferPointer { unsafe Array($0) }
        let digits = Array("0123456789abcdef".utf8)
        return [
            raw, URIEncoding.escaped(beginning), raw.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
        ] + (0..<3).map { base64(raw, after: $0) }
    }

    /// RFC 4648, 4, of `bytes` behind so many others: only the characters that do not depend on what stands around them.
    private static func base64(_ bytes: [UInt8], after others: Int) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let all = [UInt8](repeating: 0, count: others) + bytes
        var characters: [UInt8] = []
        for bit in stride(from: 0, to: all.count * 8 - 5, by: 6) {
            let pair = UInt16(all[bit / 8]) << 8 | (bit / 8 + 1 < all.count ? UInt16(all[bit / 8 + 1]) : 0)
            characters.append(alphabet[Int(pair >> (10 - bit % 8)) & 63])
        }
        return Array(characters.dropFirst((others * 8 + 5) / 6))
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func position(of needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard !needle.isEmpty, needle.count <= bytes.count else { return nil }
        return (0...bytes.count - needle.count).first {
            bytes[$0] == needle[0] && bytes[$0...].starts(with: needle)
        }
    }
}
