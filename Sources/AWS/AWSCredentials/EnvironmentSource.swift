import AWSRuntime
package import Secrets
package import Timestamps

/// Keys from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_CREDENTIAL_EXPIRATION`.
///
/// They are read once, when the source is made; the environment is not kept. A blank variable is one that is not set.
package struct EnvironmentSource: CredentialSource {
    package let name = "environment"
    private let outcome: Result<Credential, CredentialFailure>
    private let now: @Sendable () -> Timestamp

    package init(environment: [String: String], now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }) {
        self.now = now
        do {
            outcome = .success(try Self.read(environment))
        } catch {
            outcome = .failure(error)
        }
    }

    package func credential() async throws -> Credential {
        let credential = try outcome.get()
        if let end = credential.expiration, end <= now() {
            throw CredentialFailure(
                source: name, why: "the credential in the environment expired at \(end.rfc3339)",
                remedy: "start the broker with fresh AWS_… variables, or use a source that renews itself")
        }
        return credential
    }

    private static let labels = StaticKeys.Labels(
        source: "environment", accessKeyID: "AWS_ACCESS_KEY_ID", secretAccessKey: "AWS_SECRET_ACCESS_KEY",
        sessionToken: "AWS_SESSION_TOKEN")

    private static func read(_ environment: [String: String]) throws(CredentialFailure) -> Credential {
        let values = EnvironmentValues(environment)
        guard let accessKeyID = values["AWS_ACCESS_KEY_ID"] else {
            throw CredentialFailure(
                kind: .absent, source: labels.source, why: "AWS_ACCESS_KEY_ID is not set",
                remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        guard let secretText = values["AWS_SECRET_ACCESS_KEY"] else {
            throw labels.missing("AWS_SECRET_ACCESS_KEY", beside: "AWS_ACCESS_KEY_ID")
        }
        var secret = Array(secretText.utf8)
        var token = Array((values["AWS_SESSION_TOKEN"] ?? "").utf8)
        return try StaticKeys.credential(
            accessKeyID: accessKeyID, secret: &secret, token: &token, expiration: try expiration(in: values),
            labels: labels)
    }

    private static func expiration(in values: EnvironmentValues) throws(CredentialFailure) -> Timestamp? {
        guard let text = values["AWS_CREDENTIAL_EXPIRATION"] else { return nil }
        guard let instant = Timestamp(parsingISO8601: text) else {
            throw CredentialFailure(
                source: labels.source, why: "AWS_CREDENTIAL_EXPIRATION is not an ISO 8601 time",
                remedy: "write it like 2026-01-31T12:00:00Z, or unset it")
        }
        return instant
    }
}

/// Environment variables as the AWS SDKs see them: without blanks around the value, and a blank one is not there.
struct EnvironmentValues {
    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    subscript(name: String) -> String? {
        environment[name].map { HeaderText.trimmed($0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
