package import Timestamps

/// An AWS key pair, perhaps with a session token and an end. It owns its secrets, is passed on by reference, and shows
/// only the last four characters of its key id, whatever prints, dumps or reflects on it.
package final class Credential: Sendable {
    /// Names the key pair in every signed request; not a secret, yet no log needs more than its end.
    package let accessKeyID: String
    package let secretAccessKey: SecretBytes
    /// Nil for the long-term keys of a user.
    package let sessionToken: SecretBytes?
    /// From when on AWS refuses the session token; nil when the source says nothing of an end.
    package let expiration: Timestamp?
    /// The AWS account it belongs to, where the source says so: 12 digits, not a secret.
    package let accountID: String?

    package init(
        accessKeyID: String, secretAccessKey: consuming SecretBytes, sessionToken: consuming SecretBytes? = nil,
        expiration: Timestamp? = nil, accountID: String? = nil
    ) {
        self.accountID = accountID
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

extension Credential {
    /// The last four characters of the key id: enough to know it by, and all that is shown.
    package var accessKeyIDEnd: String { String(accessKeyID.suffix(4)) }
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "Credential(…\(accessKeyID.suffix(4)))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
