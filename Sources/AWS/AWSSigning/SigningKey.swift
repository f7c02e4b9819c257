internal import Secrets
internal import Synchronization
internal import Timestamps

/// A signing key: what one credential signs with on one day, in one region, for one service.
///
/// Source: AWS, "Create a signed AWS API request", step 3. It is kept in libcrypto's keyed context, in
/// the memory that `SigningMemory` sets apart, and wiped with it.
final class SigningKey: Sendable {
    /// The first eight characters of every time this key signs at.
    let date: String
    /// Such as `20150830/us-east-1/macie2/aws4_request`.
    let scope: String
    /// The Authorization header up to its list of signed headers.
    let authorizationPrefix: String
    private let code: Mutex<HMACSHA256>

    init(of credential: Credential, on day: Timestamp, in scope: CredentialScope) throws(SigningFailure) {
        guard CredentialScope.isWord(credential.accessKeyID) else { throw .unsendable(.accessKeyID) }
        guard CredentialScope.isWord(scope.region), CredentialScope.isWord(scope.service) else {
            throw .unsendable(.credentialScope)
        }
        date = day.basicDate
        self.scope = "\(date)/\(scope.region)/\(scope.service)/\(SigningAlgorithm.terminator)"
        authorizationPrefix =
            "\(SigningAlgorithm.name) Credential=\(credential.accessKeyID)/\(self.scope), SignedHeaders="
        let code = try Self.bytes(of: credential, on: date, in: scope).lend { key throws(SigningFailure) in
            try HMACSHA256(key: key)
        }
        self.code = Mutex(code)
    }

    /// Appends the signature of `text` in hexadecimal digits.
    func appendSignature(of text: [UInt8], to out: inout ByteText) throws(SigningFailure) {
        out.appendHexadecimal(try code.withLock { code throws(SigningFailure) in try code.code(of: text) })
    }

    /// The key itself: a chain of codes over the words of the scope, begun with the secret access key.
    static func bytes(
        of credential: Credential, on date: String, in scope: CredentialScope
    ) throws(SigningFailure) -> SecretBytes {
        var key = rootKey(of: credential)
        for word in [date, scope.region, scope.service, SigningAlgorithm.terminator] {
            key = try code(of: word, under: key)
        }
        return key
    }

    /// "AWS4" and the secret access key.
    private static func rootKey(of credential: Credential) -> SecretBytes {
        let prefix = SigningAlgorithm.keyPrefix.utf8.span
        return SecretBytes(count: prefix.count + credential.secretAccessKey.count) { key in
            // SAFETY: bytes have no padding.
            key.copy(unsafe prefix.bytes, at: 0)
            credential.secretAccessKey.lend { key.copy($0, at: prefix.count) }
        }
    }

    private static func code(of word: String, under key: borrowing SecretBytes) throws(SigningFailure) -> SecretBytes {
        try SecretBytes(count: HMACSHA256.codeBytes) { code throws(SigningFailure) in
            var hmac = try key.lend { bytes throws(SigningFailure) in try HMACSHA256(key: bytes) }
            // SAFETY: bytes have no padding.
            try hmac.authenticate(unsafe word.utf8.span.bytes, into: &code)
        }
    }
}
