import Secrets

/// How a profile of the shared files gets its credentials: where the first come from, and the roles that are assumed with
/// them one after the other.
///
/// The order and the errors are the SDKs' own (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>);
/// the cross-SDK assume-role cases are the test.
struct ProfileChain: Sendable, Equatable {
    enum Base: Sendable, Equatable {
        /// Static keys of this profile.
        case keys(profile: String)
        case environment
        case instanceMetadata
        case container
        case webIdentity(RoleSettings, tokenPath: String)
        case identityCenter(IdentityCenterSettings)
        /// A login without a role: an access token for other services, and no credentials.
        case identityCenterToken(session: String?, startURL: String, region: String)
        case process(command: String, profile: String)
    }

    let base: Base
    /// In the order in which they are assumed.
    let roles: [RoleSettings]

    /// Whether the credentials that come of it are those of a role's session that the broker opens.
    var endsWithRole: Bool {
        if case .webIdentity = base { return true }
        return !roles.isEmpty
    }

    /// - Throws: what is wrong with the profile, or with one that it leads to; `absent` where the profile says nothing of
    ///   credentials.
    init(of profile: String, in files: borrowing ProfileFiles, source: String) throws(CredentialFailure) {
        var roles: [RoleSettings] = []
        var visited: [String] = []
        var name = profile
        while true {
            let reading = ProfileReading(name: name, source: source)
            guard !visited.contains(name) else {
                throw reading.failure("source_profile leads back to it, without an end", "let one of them hold keys")
            }
            visited.append(name)
            guard files.hasProfile(name) else {
                throw ProfileReading(name: visited[max(0, visited.count - 2)], source: source).failure(
                    "its source_profile \(name) does not exist", "write a profile \(name), or name another")
            }
            // Keys of a source profile count before its role.
            if visited.count > 1, try reading.hasKeys(files) {
                (base, self.roles) = (.keys(profile: name), roles.reversed())
                return
            }
            guard let role = try reading.role(files) else {
                (base, self.roles) = (try reading.base(files), roles.reversed())
                return
            }
            roles.append(role.settings)
            switch role.source {
            case .named(let named):
                (base, self.roles) = (named, roles.reversed())
                return
            case .profile(name):
                guard try reading.hasKeys(files) else {
                    throw reading.failure(
                        "it names itself as source_profile and has no aws_access_key_id",
                        "give it keys, or another source")
                }
                (base, self.roles) = (.keys(profile: name), roles.reversed())
                return
            case .profile(let next): name = next
            }
        }
    }
}

/// Where IAM Identity Center is, and what to get there.
struct IdentityCenterSettings: Sendable, Equatable {
    /// The name of the `[sso-session]`; nil for a profile of the older kind.
    let session: String?
    let startURL: String
    let region: String
    let account: String
    let role: String
    /// The profile that says so.
    let profile: String
}

/// One profile, read for what it says of credentials.
private struct ProfileReading {
    enum RoleOrigin { case named(ProfileChain.Base), profile(String) }

    let name: String
    let source: String

    func failure(
        kind: CredentialFailure.Kind = .unusable, _ why: String, _ remedy: String
    ) -> CredentialFailure {
        CredentialFailure(kind: kind, source: source, profile: name, why: why, remedy: remedy)
    }

    /// Whether the profile has both keys; half of them is an error.
    func hasKeys(_ files: borrowing ProfileFiles) throws(CredentialFailure) -> Bool {
        switch (files.has("aws_access_key_id", inProfile: name), files.has("aws_secret_access_key", inProfile: name)) {
        case (true, true): return true
        case (false, false): return false
        case (true, false):
            throw failure(
                "aws_secret_access_key is missing although aws_access_key_id is set",
                "set aws_secret_access_key, or remove aws_access_key_id")
        case (false, true):
            throw failure(
                "aws_access_key_id is missing although aws_secret_access_key is set",
                "set aws_access_key_id, or remove aws_secret_access_key")
        }
    }

    /// The role that the profile assumes, and with whose keys; nil when it assumes none, or with a token of its own.
    func role(
        _ files: borrowing ProfileFiles
    ) throws(CredentialFailure) -> (settings: RoleSettings, source: RoleOrigin)? {
        guard let arn = files.text("role_arn", ofProfile: name),
            files.text("web_identity_token_file", ofProfile: name) == nil
        else { return nil }
        if files.text("mfa_serial", ofProfile: name) != nil {
            throw failure(
                "its mfa_serial asks for a code of a person, which a daemon has none of",
                "remove mfa_serial and let the role's trust policy do without MFA, or give the broker keys with macie-broker admin credentials add"
            )
        }
        let settings = try roleSettings(arn, files)
        switch (
            files.text("source_profile", ofProfile: name), files.text("credential_source", ofProfile: name)
        ) {
        case (nil, nil):
            throw failure(
                "role_arn needs a source_profile or a credential_source", "name who assumes the role with one of them")
        case (_?, _?):
            throw failure("it has both source_profile and credential_source", "remove one of them")
        case (let profile?, nil): return (settings, .profile(profile))
        case (nil, let named?): return (settings, .named(try base(named: named)))
        }
    }

    private func roleSettings(
        _ arn: String, _ files: borrowing ProfileFiles
    ) throws(CredentialFailure) -> RoleSettings {
        var settings = RoleSettings(arn: arn, externalID: files.text("external_id", ofProfile: name))
        settings.session.name = try SessionTemplate.setting(
            files.text("role_session_name", ofProfile: name), named: "role_session_name of profile \(name)",
            source: source)
        if let text = files.text("duration_seconds", ofProfile: name) {
            guard let seconds = Int(text), (1...43_200).contains(seconds) else {
                throw failure("duration_seconds is not a number of seconds from 900 to 43200", "correct it")
            }
            settings.durationSeconds = seconds
        }
        return settings
    }

    private func base(named text: String) throws(CredentialFailure) -> ProfileChain.Base {
        switch text.lowercased() {
        case "environment": return .environment
        case "ec2instancemetadata": return .instanceMetadata
        case "ecscontainer": return .container
        default:
            throw failure(
                "credential_source is none that there is", "write Environment, Ec2InstanceMetadata or EcsContainer")
        }
    }

    /// What the profile itself has, role aside.
    func base(_ files: borrowing ProfileFiles) throws(CredentialFailure) -> ProfileChain.Base {
        if let path = files.text("web_identity_token_file", ofProfile: name) {
            guard let arn = files.text("role_arn", ofProfile: name) else {
                throw failure("web_identity_token_file is set but role_arn is missing", "set role_arn")
            }
            return .webIdentity(try roleSettings(arn, files), tokenPath: path)
        }
        if let base = try identityCenter(files) { return base }
        if try hasKeys(files) { return .keys(profile: name) }
        if files.text("login_session", ofProfile: name) != nil {
            throw failure(
                "its login_session asks for a person at a browser, which a daemon has none of",
                "give the profile another source, or give the broker keys with macie-broker admin credentials add")
        }
        if let command = files.text("credential_process", ofProfile: name) {
            return .process(command: command, profile: name)
        }
        throw failure(
            kind: .absent, "the profile has no aws_access_key_id and names no other source",
            "add aws_access_key_id and aws_secret_access_key to it")
    }

    private func identityCenter(
        _ files: borrowing ProfileFiles
    ) throws(CredentialFailure) -> ProfileChain.Base? {
        let session = files.text("sso_session", ofProfile: name)
        let (account, role) = (
            files.text("sso_account_id", ofProfile: name), files.text("sso_role_name", ofProfile: name)
        )
        var startURL = files.text("sso_start_url", ofProfile: name)
        var region = files.text("sso_region", ofProfile: name)
        guard session != nil || account != nil || role != nil || startURL != nil || region != nil else { return nil }
        if let session {
            guard files.hasSSOSession(session) else {
                throw failure("its sso_session \(session) does not exist", "write an [sso-session \(session)] section")
            }
            let shared = files.text("sso_region", ofSSOSession: session)
            guard region == nil || region == shared else {
                throw failure(
                    "sso_region belongs to the [sso-session \(session)] section when a session is named",
                    "move it there")
            }
            let sharedURL = files.text("sso_start_url", ofSSOSession: session)
            guard startURL == nil || startURL == sharedURL else {
                throw failure(
                    "sso_start_url belongs to the [sso-session \(session)] section when a session is named",
                    "move it there"
                )
            }
            (region, startURL) = (shared, sharedURL)
        }
        return try identityCenter(session: session, startURL, region, account, role)
    }

    private func identityCenter(
        session: String?, _ startURL: String?, _ region: String?, _ account: String?, _ role: String?
    ) throws(CredentialFailure) -> ProfileChain.Base {
        guard (account == nil) == (role == nil) else {
            throw account == nil
                ? failure("sso_role_name is set but sso_account_id is missing", "set sso_account_id")
                : failure("sso_account_id is set but sso_role_name is missing", "set sso_role_name")
        }
        guard let startURL else { throw failure("sso_start_url is missing", "set it") }
        guard let region else { throw failure("sso_region is missing", "set it") }
        guard let account, let role else {
            return .identityCenterToken(session: session, startURL: startURL, region: region)
        }
        return .identityCenter(
            IdentityCenterSettings(
                session: session, startURL: startURL, region: region, account: account, role: role, profile: name))
    }
}
