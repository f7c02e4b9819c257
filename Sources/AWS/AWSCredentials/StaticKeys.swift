import AWSRuntime
import Secrets
import Timestamps

/// The one door through which keys that somebody wrote down become a `Credential`.
enum StaticKeys {
    /// A credential of these parts, or what is wrong with one of them. `secret` and `token` (empty when there is none)
    /// are wiped, whatever comes of it, if they do not share their storage.
    static func credential(
        accessKeyID: String, secret: inout [UInt8], token: inout [UInt8], expiration: Timestamp? = nil,
        labels: Labels
    ) throws(CredentialFailure) -> Credential {
        let tokenCount = token.count
        let isRight = (secret: secret.allSatisfy(isVisible), token: token.allSatisfy(isVisible))
        let secretBytes = SecretBytes(takingAndWiping: &secret)
        let tokenBytes = SecretBytes(takingAndWiping: &token)
        guard isAccessKeyID(accessKeyID) else { throw labels.unusable(labels.accessKeyID) }
        guard isRight.secret else { throw labels.unusable(labels.secretAccessKey) }
        guard tokenCount > 0 else {
            return Credential(
                accessKeyID: accessKeyID, secretAccessKey: secretBytes, sessionToken: nil, expiration: expiration)
        }
        guard isRight.token else { throw labels.unusable(labels.sessionToken) }
        return Credential(
            accessKeyID: accessKeyID, secretAccessKey: secretBytes, sessionToken: tokenBytes, expiration: expiration)
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

    private static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}
