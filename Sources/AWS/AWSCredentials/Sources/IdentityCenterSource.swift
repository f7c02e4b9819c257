import AWSRuntime
import Digests
import Secrets
import Synchronization
import Timestamps

/// A role of IAM Identity Center, by the access token that `aws sso login` has left in `~/.aws/sso/cache`
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>).
///
/// A token that is about to end is renewed while its refresh token lasts, and written back for the AWS tools. When a person
/// has to log in, the failure says the command.
final class IdentityCenterSource: CredentialSource {
    let name = "identity-center"
    private let settings: IdentityCenterSettings
    private let context: SourceContext
    /// A renewal that could not be written back, and what the file looked like: a refresh token may be good for one use, so
    /// the file's own may be of no use any more. It goes with this source, which whoever has the keys wiped lets go.
    let unwritten = Mutex<(renewable: IdentityCenterToken.Renewable, stamp: FileStamps)?>(nil)

    init(_ settings: IdentityCenterSettings, context: SourceContext) {
        self.settings = settings
        self.context = context
    }

    var stamp: FileStamps { FileStamps(of: [cachePath]) }

    func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        guard let region = Region(settings.region) else {
            throw failure("sso_region is not a region's name", "write it like eu-west-1")
        }
        let token = try await accessToken(in: region)
        let endpoint = try context.services.endpoint(of: .sso, in: region, for: name)
        do {
            let reply = try await context.services.client.callUnsigned(
                GetRoleCredentials(account: settings.account, role: settings.role, accessToken: token),
                endpoint: endpoint)
            return FetchedCredential(
                reply.output, from: name, asOf: reply.sentAt, accountID: settings.account)
        } catch let failure as AWSCallFailure {
            throw CredentialFailure(
                failure, asking: "IAM Identity Center", source: name,
                remedy: failure.isUnauthorized
                    ? loginCommand : "check sso_account_id and sso_role_name, and that the role is assigned to you")
        }
    }

    private func accessToken(in region: Region) async throws -> SealedText {
        guard let cachePath else {
            throw failure("HOME is not set, so there is no token cache", "set HOME for the broker")
        }
        let stamp = stamp
        let kept = unwritten.withLock { kept in
            if kept?.stamp != stamp { kept = nil }
            return kept?.renewable
        }
        var cached = try IdentityCenterToken(at: cachePath, source: name, remedy: loginCommand)
        if let kept { cached.renewable = kept }
        if let exposure = cached.exposure {
            guard !context.strictPermissions else {
                throw failure(exposure.why, "\(exposure.remedy) (or set strictPermissions: false)")
            }
            context.warn("\(exposure.why): \(exposure.remedy)")
        }
        let now = context.clock.awsTime()
        let login = cached.renewable
        guard login.expiresAt.secondsSince(now) < Self.renewsBefore else { return login.accessToken }
        if cached.canBeRenewed(at: now) {
            do {
                try await renew(&cached, stamp, in: region, at: now)
                return cached.renewable.accessToken
            } catch let failure as CredentialFailure {
                guard login.expiresAt > now else { throw failure }
            }
        }
        guard login.expiresAt > now else {
            throw failure("the login ended at \(login.expiresAt.rfc3339)", loginCommand)
        }
        return login.accessToken
    }

    private func renew(
        _ cached: inout IdentityCenterToken, _ stamp: FileStamps, in region: Region, at now: Timestamp
    ) async throws {
        guard let clientID = cached.clientID, let secret = cached.clientSecret,
            let refresh = cached.renewable.refreshToken
        else { return }
        let endpoint = try context.services.endpoint(of: .ssoOIDC, in: region, for: name)
        do {
            let reply = try await context.services.client.callUnsigned(
                CreateToken(clientID: clientID, clientSecret: secret, refreshToken: refresh), endpoint: endpoint)
            cached.renewed(by: reply.output, at: now)
        } catch let failure as AWSCallFailure {
            throw CredentialFailure(failure, asking: "IAM Identity Center's login", source: name, remedy: loginCommand)
        }
        let problem = cached.writeBack()
        let renewable = cached.renewable
        unwritten.withLock { $0 = problem == nil ? nil : (renewable, stamp) }
        if let problem {
            context.warn("the renewed login could not be written back for the AWS tools: \(problem)")
        }
    }

    /// The SDKs' own: five minutes before its end a token is renewed.
    private static let renewsBefore = 300.0

    /// What a person has to type.
    private var loginCommand: String {
        settings.session.map { "run: aws sso login --sso-session \($0)" }
            ?? "run: aws sso login --profile \(settings.profile)"
    }

    /// Where the AWS tools keep the token: the SHA-1 of the session's name, or of the start URL.
    private var cachePath: String? {
        let home = EnvironmentValues(context.environment.variables)["HOME"]
        guard let name = SHA1Hash.hexDigest(of: settings.session ?? settings.startURL) else { return nil }
        return home.map { "\($0)/.aws/sso/cache/\(name).json" }
    }

    private func failure(_ why: String, _ remedy: String) -> CredentialFailure {
        CredentialFailure(source: name, profile: settings.profile, why: why, remedy: remedy)
    }
}

extension AWSCallFailure {
    /// Whether the token is what was refused.
    fileprivate var isUnauthorized: Bool {
        guard case .service(let error) = cause else { return false }
        return error.httpStatus == 401 || error.code == "UnauthorizedException"
    }
}
