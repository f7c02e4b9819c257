package import AWSRuntime
import Secrets

/// The role of an EC2 instance, from its metadata service, version 2 only
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>).
package struct InstanceMetadataSource: CredentialSource {
    package let name = "instance-metadata"
    private let context: SourceContext

    package init(context: SourceContext) { self.context = context }

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        guard !isDisabled else {
            throw CredentialFailure(
                kind: .absent, source: name, why: "AWS_EC2_METADATA_DISABLED is set", remedy: Self.remedy)
        }
        let endpoint = try endpoint()
        let client = context.services.client.with(timeouts: Self.timeouts)
        let session: SealedText
        do {
            session = try await client.callUnsigned(OpenMetadataSession(), endpoint: endpoint).output
        } catch let failure as AWSCallFailure {
            throw openingFailed(failure, at: endpoint)
        }
        let role = try await self.role(client, endpoint, session)
        do {
            let reply = try await client.callUnsigned(InstanceRole(role, session: session), endpoint: endpoint)
            return FetchedCredential(reply.output, from: name, asOf: reply.sentAt)
        } catch let failure as AWSCallFailure {
            throw told(failure)
        }
    }

    private func role(
        _ client: AWSClient, _ endpoint: EndpointURL, _ session: SealedText
    ) async throws -> String {
        do {
            return try await client.callUnsigned(NameInstanceRole(session: session), endpoint: endpoint).output
        } catch let failure as AWSCallFailure {
            guard case .service(let error) = failure.cause, error.httpStatus == 404 else { throw told(failure) }
            throw CredentialFailure(
                kind: .absent, source: name, why: "the instance has no IAM role",
                remedy: "attach an instance profile to it")
        }
    }

    /// Where there is no such service nothing answers: then nothing is configured here. A service that answers "no" does
    /// so for good.
    private func openingFailed(_ failure: AWSCallFailure, at endpoint: EndpointURL) -> CredentialFailure {
        switch failure.cause {
        case .exchange(.cannotConnect), .exchange(.connectTimedOut):
            CredentialFailure(
                kind: .absent, source: name, why: "nothing answers at \(endpoint)",
                remedy: Self.remedy)
        case .service(let error) where error.httpStatus == 403 || error.httpStatus == 404:
            CredentialFailure(
                kind: .absent, source: name, why: "the metadata service is turned off (HTTP \(error.httpStatus))",
                remedy: "turn it on for the instance, with IMDSv2")
        default: told(failure)
        }
    }

    private func told(_ failure: AWSCallFailure) -> CredentialFailure {
        CredentialFailure(
            failure, asking: "the instance's metadata service", source: name, remedy: Self.remedy,
            remedyWhenAway: Self.remedy)
    }

    private static let remedy = "run the broker on an EC2 instance with a role, or name another source of credentials"

    /// It is one hop away: what takes longer is not there.
    private static let timeouts = ExchangeTimeouts(connect: .seconds(1), attempt: .seconds(2), whole: .seconds(8))
}

extension InstanceMetadataSource {
    private var isDisabled: Bool {
        EnvironmentValues(context.environment.variables)["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true"
    }

    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT`, else that of `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`; each from the
    /// environment, else from the profile.
    package func endpoint() throws(CredentialFailure) -> EndpointURL {
        let settings = try context.services.settings(of: .sts, for: name)
        let text =
            if let endpoint = settings.metadataEndpoint { endpoint } else {
                try address(mode: settings.metadataEndpointMode ?? "IPv4")
            }
        do throws(EndpointFailure) {
            return try EndpointURL(parsing: text)
        } catch {
            throw CredentialFailure(
                source: name, why: "the endpoint of the metadata service is not usable: \(error)",
                remedy: "correct AWS_EC2_METADATA_SERVICE_ENDPOINT or ec2_metadata_service_endpoint")
        }
    }

    private func address(mode: String) throws(CredentialFailure) -> String {
        switch mode.lowercased() {
        case "ipv4": return "http://169.254.169.254"
        case "ipv6": return "http://[fd00:ec2::254]"
        default:
            throw CredentialFailure(
                source: name, why: "`\(mode)` is not a valid endpoint mode of the metadata service",
                remedy: "write IPv4 or IPv6")
        }
    }
}
