package import Secrets
package import Timestamps

/// One credential that is there already: the keys of a profile, or those that an administrator has given.
struct HeldSource: CredentialSource {
    let name: String
    let credential: Credential

    func fetch(for user: SessionUser?) async throws -> FetchedCredential { FetchedCredential(credential, from: name) }
}

/// Keys that come from an administrator.
package enum HeldCredential {
    /// A credential of these parts, or what is wrong with one of them.
    package static func given(
        accessKeyID: String, secretAccessKey: consuming SecretBytes, sessionToken: SealedText?, until end: Timestamp?
    ) throws(CredentialFailure) -> Credential {
        try StaticKeys.credential(
            accessKeyID: accessKeyID, secret: secretAccessKey, token: sessionToken?.copy(), expiration: end,
            labels: StaticKeys.Labels(
                source: given, accessKeyID: "accessKeyId", secretAccessKey: "secretAccessKey",
                sessionToken: "sessionToken"))
    }

    /// The name of the source of such keys.
    package static let given = "given"
}

/// A profile without keys of its own: it has what an administrator gives it.
package struct GivenOnly: CredentialSource {
    package let name = HeldCredential.given

    package init() {}

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        throw CredentialFailure(
            source: name, why: "nobody has given this profile keys, or they have ended",
            remedy: "give it some with macie-broker admin credentials add")
    }
}
