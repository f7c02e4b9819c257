/// Which shared files and which profile of them the environment asks for
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>).
package struct SharedFileLocations: Sendable, Equatable {
    /// `AWS_PROFILE`, else `default`.
    package var profile: String
    /// `AWS_CONFIG_FILE`, else `~/.aws/config`; nil when neither it nor `HOME` is set.
    package var configPath: String?
    /// `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`; nil when neither it nor `HOME` is set.
    package var credentialsPath: String?

    package init(environment: [String: String]) {
        let values = EnvironmentValues(environment)
        let home = values["HOME"]
        func path(_ variable: String, default name: String) -> String? {
            guard let given = values[variable] else { return home.map { "\($0)/.aws/\(name)" } }
            guard given.hasPrefix("~/"), let home else { return given }
            return home + given.dropFirst()
        }
        profile = values["AWS_PROFILE"] ?? "default"
        configPath = path("AWS_CONFIG_FILE", default: "config")
        credentialsPath = path("AWS_SHARED_CREDENTIALS_FILE", default: "credentials")
    }

    package init(profile: String, configPath: String?, credentialsPath: String?) {
        self.profile = profile
        self.configPath = configPath
        self.credentialsPath = credentialsPath
    }
}
