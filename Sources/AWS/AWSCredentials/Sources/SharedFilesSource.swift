import AWSRuntime
import Secrets
import Synchronization

/// One profile of the shared config and credentials files, whatever it leads to: keys, roles, IAM Identity Center, a web
/// identity, a process, the host's own services.
///
/// The files are read when they have changed. What the profile's last step needs, other keys, is kept between fetches.
package final class SharedFilesSource: CredentialSource {
    package let name = "shared-files"
    package let locations: SharedFileLocations
    private let session: RoleSession
    private let context: SourceContext
    private let followed = Mutex<Followed?>(nil)

    /// What the files led to, and what they looked like then.
    private struct Followed {
        let stamp: FileStamps
        let last: any CredentialSource
    }

    /// `session` is what the configuration says of the session of the profile's last role, over what the files say.
    package init(
        _ locations: SharedFileLocations, session: RoleSession = RoleSession(), context: SourceContext
    ) {
        self.locations = locations
        self.session = session
        self.context = context
    }

    package var isPersonal: Bool { session.isPersonal }

    /// Of the files, and of what the profile's last step reads besides: a login, above all.
    package var stamp: FileStamps { fileStamp + (followed.withLock { $0?.last.stamp } ?? FileStamps()) }

    private var fileStamp: FileStamps { FileStamps(of: [locations.configPath, locations.credentialsPath]) }

    package func forget() { followed.withLock { $0.take() }?.last.forget() }
    package func drop() { followed.withLock { $0.take() }?.last.drop() }

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        let last = try follow()
        do {
            let fetched = try await last.fetch(for: user)
            return FetchedCredential(
                fetched.credential, from: last is HeldSource ? name : fetched.source, asOf: fetched.asOf,
                accountID: fetched.accountID)
        } catch let failure as CredentialFailure {
            throw failure.named(profile: locations.profile)
        }
    }

    private func follow() throws(CredentialFailure) -> any CredentialSource {
        let stamp = fileStamp
        if let known = followed.withLock({ $0 }), known.stamp == stamp, !(known.last is HeldSource) {
            return known.last
        }
        let last = try read()
        // Keys are not kept here: whoever asked keeps them.
        followed.withLock { $0 = last is HeldSource ? nil : Followed(stamp: stamp, last: last) }
        return last
    }

    private func read() throws(CredentialFailure) -> any CredentialSource {
        let files = try openFiles()
        try check(files.exposures)
        guard files.hasProfile(locations.profile) else { throw noProfile(anyFile: files.exist) }
        let chain = try ProfileChain(of: locations.profile, in: files, source: name)
        guard !session.isCeiling || chain.endsWithRole else {
            throw CredentialFailure(
                source: name, profile: locations.profile,
                why: "a session policy is set, and the profile assumes no role",
                remedy: "give it a role_arn, or take sessionPolicy and sessionPolicyArns out of the configuration")
        }
        var last = try source(of: chain.base, in: files)
        for (number, settings) in chain.roles.enumerated() {
            var role = settings
            if number == chain.roles.count - 1 { role.session = role.session.overridden(by: session) }
            last = RoleSource(role, with: last, context: context)
        }
        return last
    }

    private func source(
        of base: ProfileChain.Base, in files: borrowing ProfileFiles
    ) throws(CredentialFailure) -> any CredentialSource {
        switch base {
        case .keys(let profile): return HeldSource(name: name, credential: try keys(of: profile, in: files))
        case .environment: return context.environment.keys
        case .instanceMetadata: return InstanceMetadataSource(context: context)
        case .container: return ContainerSource(context: context)
        case .webIdentity(let role, let tokenPath):
            var role = role
            role.session = role.session.overridden(by: session)
            return WebIdentitySource(role: role, tokenPath: tokenPath, services: context.services)
        case .identityCenter(let settings): return IdentityCenterSource(settings, context: context)
        case .identityCenterToken:
            throw CredentialFailure(
                source: name, profile: locations.profile,
                why: "it gets an access token of IAM Identity Center instead of credentials",
                remedy: "set sso_account_id and sso_role_name")
        case .process(let command, let profile):
            return ProcessSource(
                command: command, accountID: files.text("aws_account_id", ofProfile: profile), context: context)
        }
    }

    private func keys(of profile: String, in files: borrowing ProfileFiles) throws(CredentialFailure) -> Credential {
        let labels = StaticKeys.Labels(
            source: name, profile: profile, accessKeyID: "aws_access_key_id",
            secretAccessKey: "aws_secret_access_key", sessionToken: "aws_session_token")
        var secret = files.secret(labels.secretAccessKey, ofProfile: profile)
        var token = files.secret(labels.sessionToken, ofProfile: profile)
        return try StaticKeys.credential(
            accessKeyID: files.text(labels.accessKeyID, ofProfile: profile) ?? "", secret: &secret, token: &token,
            account: files.text("aws_account_id", ofProfile: profile), labels: labels)
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

    private func check(_ exposures: [(why: String, remedy: String)]) throws(CredentialFailure) {
        for exposure in exposures {
            guard !context.strictPermissions else {
                throw CredentialFailure(
                    source: name, profile: locations.profile, why: exposure.why,
                    remedy: "\(exposure.remedy) (or set strictPermissions: false)")
            }
            context.warn("\(exposure.why): \(exposure.remedy)")
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
}
