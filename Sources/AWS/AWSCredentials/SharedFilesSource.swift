package import Secrets

/// Static keys of one profile in the shared config and credentials files, read anew each time they are asked for.
package struct SharedFilesSource: CredentialSource {
    package let name = "shared-files"
    package let locations: SharedFileLocations

    package init(_ locations: SharedFileLocations) { self.locations = locations }

    package init(profile: String, configPath: String?, credentialsPath: String?) {
        locations = SharedFileLocations(
            profile: profile, configPath: configPath, credentialsPath: credentialsPath)
    }

    package func credential() async throws -> Credential { try read() }

    /// Settings that name another source, which the broker does not follow yet, in the order in which SDKs look.
    private static let beforeStaticKeys = [
        ("role_arn", "assuming a role"), ("web_identity_token_file", "web identity"),
        ("sso_session", "IAM Identity Center"), ("sso_start_url", "IAM Identity Center"),
    ]
    private static let afterStaticKeys = [
        ("login_session", "a console login session"), ("credential_process", "a credential process"),
    ]

    private func read() throws(CredentialFailure) -> Credential {
        let files = try openFiles()
        let profile = locations.profile
        guard files.hasProfile(profile) else { throw noProfile(anyFile: files.exist) }
        try refuse(Self.beforeStaticKeys, in: files)
        if let credential = try staticKeys(in: files) { return credential }
        try refuse(Self.afterStaticKeys, in: files)
        throw CredentialFailure(
            kind: .absent, source: name, profile: profile, why: "the profile has no aws_access_key_id",
            remedy: "add aws_access_key_id and aws_secret_access_key to it")
    }

    private func staticKeys(in files: borrowing ProfileFiles) throws(CredentialFailure) -> Credential? {
        let profile = locations.profile
        let labels = StaticKeys.Labels(
            source: name, profile: profile, accessKeyID: "aws_access_key_id",
            secretAccessKey: "aws_secret_access_key", sessionToken: "aws_session_token")
        let accessKeyID = files.text(labels.accessKeyID, ofProfile: profile)
        var secret = files.secret(labels.secretAccessKey, ofProfile: profile)
        var token = files.secret(labels.sessionToken, ofProfile: profile)
        switch (accessKeyID, secret.isEmpty) {
        case (nil, true): return nil
        case (nil, false):
            _ = SecretBytes(takingAndWiping: &secret)
            _ = SecretBytes(takingAndWiping: &token)
            throw labels.missing(labels.accessKeyID, beside: labels.secretAccessKey)
        case (.some, true):
            _ = SecretBytes(takingAndWiping: &token)
            throw labels.missing(labels.secretAccessKey, beside: labels.accessKeyID)
        case (let accessKeyID?, false):
            return try StaticKeys.credential(
                accessKeyID: accessKeyID, secret: &secret, token: &token, labels: labels)
        }
    }

    private func openFiles() throws(CredentialFailure) -> ProfileFiles {
        do throws(SharedFileFailure) {
            return try ProfileFiles(locations)
        } catch {
            throw CredentialFailure(
                source: name, profile: locations.profile, why: error.description,
                remedy: error.line == nil ? "let the broker's user read the file" : "correct that line")
        }
    }

    private func noProfile(anyFile: Bool) -> CredentialFailure {
        let paths = [locations.configPath, locations.credentialsPath].compactMap { $0 }.joined(separator: " and ")
        let isDefault = locations.profile == "default"
        let why =
            paths.isEmpty
            ? "no shared files: neither HOME nor AWS_SHARED_CREDENTIALS_FILE is set"
            : anyFile ? "there is no such profile in \(paths)" : "neither of \(paths) exists"
        return CredentialFailure(
            kind: isDefault ? .absent : .unusable, source: name, profile: locations.profile, why: why,
            remedy: "write the profile's keys there, or name another with AWS_PROFILE")
    }

    private func refuse(
        _ settings: [(name: String, meaning: String)], in files: borrowing ProfileFiles
    ) throws(CredentialFailure) {
        for setting in settings where files.text(setting.name, ofProfile: locations.profile) != nil {
            throw CredentialFailure(
                source: name, profile: locations.profile,
                why: "its setting \(setting.name) asks for \(setting.meaning), which this version does not support",
                remedy: "use a profile with aws_access_key_id and aws_secret_access_key, or the AWS_… variables")
        }
    }
}
