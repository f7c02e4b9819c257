import AWSRuntime
import Secrets
import Timestamps

/// The three values of a credential that a service has issued, by where they stand in its answer.
struct IssuedKeys {
    private let leaves: SealedLeaves
    private let accessKeyID: String
    private let secretAccessKey: String
    private let sessionToken: String

    init(_ leaves: SealedLeaves, accessKeyID: String, secretAccessKey: String, sessionToken: String) {
        self.leaves = leaves
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    /// - Throws: what is missing or holds a character that no such value has. Nothing of a value is in the reason.
    func credential(until end: Timestamp?, account: String?) throws(MalformedResponse) -> Credential {
        guard let end else { throw MalformedResponse(reason: "the credentials have no Expiration in ISO 8601") }
        return try credential(untilPerhaps: end, account: account)
    }

    /// The same where the credential may have no end.
    func credential(untilPerhaps end: Timestamp?, account: String?) throws(MalformedResponse) -> Credential {
        guard let id = leaves.text(accessKeyID), !id.isEmpty else { throw missing(accessKeyID) }
        guard let secret = leaves.secret(secretAccessKey) else { throw missing(secretAccessKey) }
        do throws(CredentialFailure) {
            return try StaticKeys.credential(
                accessKeyID: id, secret: secret, token: leaves.secret(sessionToken), expiration: end,
                account: account,
                labels: StaticKeys.Labels(
                    source: "", accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken)
            )
        } catch {
            throw MalformedResponse(reason: error.why)
        }
    }

    private func missing(_ path: String) -> MalformedResponse { MalformedResponse(reason: "there is no \(path)") }
}
