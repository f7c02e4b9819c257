import AWSRuntime
import Secrets
import Timestamps

/// The one door through which three values become a `Credential`, wherever they come from.
enum StaticKeys {
    /// A credential of these parts, or what is wrong with one of them. `secret` and `token` (empty when there is none)
    /// are wiped, whatever comes of it, if they do not share their storage.
    static func credential(
        accessKeyID: String, secret: inout [UInt8], token: inout [UInt8], expiration: Timestamp? = nil,
        account: String? = nil, labels: Labels
    ) throws(CredentialFailure) -> Credential {
        let hasToken = !token.isEmpty
        let secretBytes = SecretBytes(takingAndWiping: &secret)
        let tokenBytes = SecretBytes(takingAndWiping: &token)
        guard hasToken else {
            return try credential(
                accessKeyID: accessKeyID, secret: secretBytes, token: nil, expiration: expiration, account: account,
                labels: labels)
        }
        return try credential(
            accessKeyID: accessKeyID, secret: secretBytes, token: tokenBytes, expiration: expiration, account: account,
            labels: labels)
    }

    /// The same of secrets that are in locked memory already.
    static func credential(
        accessKeyID: String, secret: consuming SecretBytes, token: consuming SecretBytes?, expiration: Timestamp? = nil,
        account: String? = nil, labels: Labels
    ) throws(CredentialFailure) -> Credential {
        guard isAccessKeyID(accessKeyID) else { throw labels.unusable(labels.accessKeyID) }
        let credential = Credential(
            accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: token, expiration: expiration,
            accountID: account)
        guard credential.secretAccessKey.lend(to: isVisible) else { throw labels.unusable(labels.secretAccessKey) }
        guard credential.sessionToken?.lend(to: isVisible) != false else { throw labels.unusable(labels.sessionToken) }
        return credential
    }

    /// What the three values are called in one source, for its failures.
    struct Labels {
        let source: String
        var profile: String?
        let accessKeyID: String
        let secretAccessKey: String
        let sessionToken: String

        func unusable(_ setting: String) -> CredentialFailure {
            CredentialFailure(
                source: source, profile: profile,
                why: "\(setting) holds a character that no such value has (a blank, a quote, a line break?)",
                remedy: "write the value as AWS gave it, without quotes")
        }

        func missing(_ setting: String, beside other: String) -> CredentialFailure {
            CredentialFailure(
                source: source, profile: profile, why: "\(setting) is missing although \(other) is set",
                remedy: "set \(setting), or remove \(other)")
        }
    }

    /// It stands between "=" and "/" of the Authorization header: nothing that could end it there.
    private static func isAccessKeyID(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { isVisible($0) && !"/,=\"'".utf8.contains($0) }
    }

    private static func isVisible(_ bytes: borrowing RawSpan) -> Bool {
        // SAFETY: the buffer is read during the call that lends it.
        unsafe bytes.withUnsafeBytes { unsafe $0.allSatisfy { isVisible($0) } }
    }

    private static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}
