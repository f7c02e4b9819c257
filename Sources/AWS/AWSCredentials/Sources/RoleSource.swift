import AWSRuntime
import Secrets

/// A role, assumed with the credential of another source: STS's AssumeRole.
package struct RoleSource: CredentialSource {
    package let name = "assume-role"
    private let base: CredentialKeeper
    private let role: RoleSettings
    private let services: CredentialServices

    package init(_ role: RoleSettings, with base: any CredentialSource, context: SourceContext) {
        self.base = CredentialKeeper(base, clock: context.clock)
        self.role = role
        services = context.services
    }

    package var isPersonal: Bool { role.session.isPersonal }
    package var stamp: FileStamps { base.source.stamp }

    package func forget() {
        base.drop()
        base.source.forget()
    }

    package func drop() {
        base.drop()
        base.source.drop()
    }

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        let credential = try await baseCredential()
        do {
            return try await assumed(with: credential, for: user)
        } catch let failure as AWSCallFailure {
            // The base itself may have been taken back or have ended: with another one, once more.
            guard failure.refusesCredential, let other = await base.replacement(for: credential) else {
                throw told(failure)
            }
            do {
                return try await assumed(with: other, for: user)
            } catch let failure as AWSCallFailure {
                throw told(failure)
            }
        }
    }

    /// Whoever names a role means it: that its base has nothing is a mistake, and no reason to look elsewhere.
    private func baseCredential() async throws -> Credential {
        do {
            return try await base.credential()
        } catch let failure as CredentialFailure where failure.kind == .absent {
            throw CredentialFailure(
                source: failure.source, profile: failure.profile, why: failure.why, remedy: failure.remedy)
        }
    }

    private func assumed(with credential: Credential, for user: SessionUser?) async throws -> FetchedCredential {
        let endpoint = try services.stsEndpoint(for: name)
        let reply = try await services.client.call(
            AssumeRole(role, for: user), region: endpoint.signingRegion, endpoint: endpoint.url, credential: credential)
        return FetchedCredential(reply.output, from: name, asOf: reply.sentAt)
    }

    private func told(_ failure: AWSCallFailure) -> CredentialFailure {
        CredentialFailure(
            failure, asking: "STS AssumeRole of \(role.arn)", source: name,
            remedy: "let the role's trust policy name who assumes it, and who assumes it be allowed sts:AssumeRole")
    }
}
