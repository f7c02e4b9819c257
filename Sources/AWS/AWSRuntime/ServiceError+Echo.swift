package import Secrets

extension ServiceError {
    /// Cuts the message where it begins to repeat what was sent.
    ///
    /// AWS explains a bad signature by quoting the request it saw, `X-Amz-Security-Token` and `Authorization` included:
    /// the token and the signature must not travel on to a client or a log. The code is judged, too: a front end may
    /// put anything there.
    package mutating func withdrawEchoes(of credential: Credential?, secrets: [SealedText] = [], signature: String?) {
        let needles = Self.quotations + (signature.map { [Array($0.utf8)] } ?? [])
        func cut(_ text: String) -> String {
            let bytes = Array(text.utf8)
            // SAFETY: the bytes of an array's span are only read, and only during the call.
            var cuts = needles.compactMap { unsafe Self.position(of: $0.span.bytes, in: bytes) }
            cuts += secrets.compactMap { $0.bytes.lend { Self.position(of: $0, in: bytes) } }
            if let token = credential?.sessionToken?.lend(to: { Self.position(of: $0, in: bytes) }) ?? nil {
                cuts.append(token)
            }
            guard let first = cuts.min() else { return text }
            return HeaderText.trimmed(String(decoding: bytes[..<first], as: UTF8.self)) + "…"
        }
        message = cut(message)
        if cut(code) != code { code = String(httpStatus) }
    }

    /// With these words the services begin to quote.
    private static let quotations = [
        "The Canonical String", "The String-to-Sign", "Authorization=", "x-amz-security-token:", "AWS4-HMAC-SHA256",
    ].map { Array($0.utf8) }

    private static func position(of needle: borrowing RawSpan, in bytes: [UInt8]) -> Int? {
        guard needle.byteCount > 0, needle.byteCount <= bytes.count else { return nil }
        // SAFETY: the buffer is only read, and only during the call that lends it.
        return unsafe needle.withUnsafeBytes { needle in
            (0...bytes.count - needle.count).first {
                unsafe bytes[$0] == needle[0] && bytes[$0...].starts(with: needle)
            }
        }
    }
}
