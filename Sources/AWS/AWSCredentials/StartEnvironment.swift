import AWSRuntime
package import Secrets

/// The environment that the process was started with: its settings as text, and its secrets, which have been taken out of
/// it and lie in locked memory. Made once; it outlives every reload of the configuration.
package final class StartEnvironment: Sendable {
    /// The variables that hold secrets.
    package static let secretNames = [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    ]

    /// Everything but the secrets.
    package let variables: [String: String]
    package let keys: EnvironmentSource
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    let containerToken: SealedText?

    /// `secrets` are the values of `secretNames` that are set and not blank, which nobody else holds.
    package init(variables: [String: String], secrets: [String: SealedText]) {
        self.variables = variables.filter { !Self.secretNames.contains($0.key) }
        keys = EnvironmentSource(settings: self.variables, secrets: secrets)
        containerToken = secrets["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    }

    /// The same secrets with other settings around them.
    package func with(variables: [String: String]) -> StartEnvironment {
        StartEnvironment(variables: variables, keys: keys, containerToken: containerToken)
    }

    private init(variables: [String: String], keys: EnvironmentSource, containerToken: SealedText?) {
        self.variables = variables.filter { !Self.secretNames.contains($0.key) }
        self.keys = keys
        self.containerToken = containerToken
    }

    /// An environment that is at hand as text, secrets and all.
    package convenience init(_ environment: [String: String]) {
        let values = EnvironmentValues(environment)
        var secrets: [String: SealedText] = [:]
        for name in Self.secretNames {
            guard let value = values[name] else { continue }
            var bytes = Array(value.utf8)
            secrets[name] = SealedText(takingAndWiping: &bytes)
        }
        self.init(variables: environment, secrets: secrets)
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
