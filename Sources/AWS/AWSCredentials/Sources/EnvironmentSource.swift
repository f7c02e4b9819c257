import Secrets
import Synchronization
import Timestamps

/// Keys from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_CREDENTIAL_EXPIRATION` and
/// `AWS_ACCOUNT_ID`.
///
/// They are read once, when the source is made; the environment is not kept. A blank variable is one that is not set.
package final class EnvironmentSource: CredentialSource {
    package let name = "environment"
    private let outcome: Mutex<Result<Credential, CredentialFailure>>

    init(settings: [String: String], secrets: [String: SealedText]) {
        do {
            outcome = Mutex(.success(try Self.read(EnvironmentValues(settings), secrets)))
        } catch {
            outcome = Mutex(.failure(error))
        }
    }

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        FetchedCredential(try outcome.withLock { $0 }.get(), from: name)
    }

    /// For good: the environment has the keys no more.
    package func drop() {
        outcome.withLock { outcome in
            guard case .success = outcome else { return }
            outcome = .failure(
                CredentialFailure(
                    source: name, why: "the keys of the environment were dropped",
                    remedy: "start the broker again, or give it keys with macie-broker admin credentials add"))
        }
    }

    private static let labels = StaticKeys.Labels(
        source: "environment", accessKeyID: "AWS_ACCESS_KEY_ID", secretAccessKey: "AWS_SECRET_ACCESS_KEY",
        sessionToken: "AWS_SESSION_TOKEN")

    private static func read(
        _ settings: EnvironmentValues, _ secrets: [String: SealedText]
    ) throws(CredentialFailure) -> Credential {
        guard let accessKeyID = secrets["AWS_ACCESS_KEY_ID"] else {
            throw CredentialFailure(
                kind: .absent, source: labels.source, why: "AWS_ACCESS_KEY_ID is not set",
                remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        guard let secret = secrets["AWS_SECRET_ACCESS_KEY"] else {
            throw labels.missing("AWS_SECRET_ACCESS_KEY", beside: "AWS_ACCESS_KEY_ID")
        }
        return try StaticKeys.credential(
            accessKeyID: accessKeyID.text, secret: secret.copy(), token: secrets["AWS_SESSION_TOKEN"]?.copy(),
            expiration: try expiration(in: settings), account: settings["AWS_ACCOUNT_ID"], labels: labels)
    }

    private static func expiration(in settings: EnvironmentValues) throws(CredentialFailure) -> Timestamp? {
        guard let text = settings["AWS_CREDENTIAL_EXPIRATION"] else { return nil }
        guard let instant = Timestamp(parsingISO8601: text) else {
            throw CredentialFailure(
                source: labels.source, why: "AWS_CREDENTIAL_EXPIRATION is not an ISO 8601 time",
                remedy: "write it like 2026-01-31T12:00:00Z, or unset it")
        }
        return instant
    }
}
