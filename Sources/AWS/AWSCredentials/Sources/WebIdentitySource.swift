import AWSRuntime
import Secrets

/// A role, assumed with a token of an identity provider: STS's AssumeRoleWithWebIdentity. The token's file is read anew at
/// each fetch, for whoever issues it renews it there.
struct WebIdentitySource: CredentialSource {
    let name = "web-identity"
    var role: RoleSettings
    let tokenPath: String
    let services: CredentialServices

    var isPersonal: Bool { role.session.isPersonal }

    func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        let token = try SecretFile.text(
            at: tokenPath, source: name, remedy: "let whoever issues the token write it there, readable by the broker")
        let endpoint = try services.stsEndpoint(for: name)
        do {
            let reply = try await services.client.callUnsigned(
                AssumeRoleWithWebIdentity(role, token: token, for: user), endpoint: endpoint.url)
            return FetchedCredential(reply.output, from: name, asOf: reply.sentAt)
        } catch let failure as AWSCallFailure {
            throw CredentialFailure(
                failure, asking: "STS AssumeRoleWithWebIdentity of \(role.arn)", source: name,
                remedy: "check the token's issuer and audience, and the role's trust policy")
        }
    }
}

extension WebIdentitySource {
    /// What `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME` say.
    static func ofEnvironment(
        _ environment: [String: String], services: CredentialServices
    ) throws(CredentialFailure) -> WebIdentitySource {
        let values = EnvironmentValues(environment)
        guard let path = values["AWS_WEB_IDENTITY_TOKEN_FILE"] else {
            throw CredentialFailure(
                kind: .absent, source: "web-identity", why: "AWS_WEB_IDENTITY_TOKEN_FILE is not set",
                remedy: "set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN")
        }
        guard let arn = values["AWS_ROLE_ARN"] else {
            throw CredentialFailure(
                source: "web-identity", why: "AWS_ROLE_ARN is not set although AWS_WEB_IDENTITY_TOKEN_FILE is",
                remedy: "set AWS_ROLE_ARN")
        }
        var role = RoleSettings(arn: arn)
        role.session.name = try SessionTemplate.setting(
            values["AWS_ROLE_SESSION_NAME"], named: "AWS_ROLE_SESSION_NAME", source: "web-identity")
        return WebIdentitySource(role: role, tokenPath: path, services: services)
    }
}

extension SessionTemplate {
    /// A session's name from a setting.
    static func setting(
        _ text: String?, named setting: String, source: String
    ) throws(CredentialFailure) -> SessionTemplate? {
        guard let text else { return nil }
        guard let template = SessionTemplate(text) else {
            throw CredentialFailure(
                source: source, why: "\(setting) is not a session's name",
                remedy: "write 2 to 64 of A-Z a-z 0-9 _ + = , . @ -")
        }
        return template
    }
}
