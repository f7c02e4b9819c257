import AWSRuntime
import Secrets

/// The role of a container, from the agent of ECS or of EKS Pod Identity
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>).
package struct ContainerSource: CredentialSource {
    package let name = "container"
    private let context: SourceContext

    package init(context: SourceContext) { self.context = context }

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        let address = try ContainerAddress(environment: context.environment.variables)
        let authorization = try authorization()
        let operation = ContainerRole(path: address.path, query: address.query, authorization: authorization)
        do {
            let reply = try await context.services.client.with(timeouts: Self.timeouts)
                .callUnsigned(operation, endpoint: address.host)
            return FetchedCredential(reply.output, from: name, asOf: reply.sentAt)
        } catch let failure as AWSCallFailure {
            throw CredentialFailure(
                failure, asking: "the container's credentials endpoint", source: name,
                remedy: Self.remedy, remedyWhenAway: Self.remedy)
        }
    }

    private static let remedy = "check that the task or pod has a role and that its agent runs"

    /// The file wins over the variable, and is read anew each time: it is renewed there.
    private func authorization() throws(CredentialFailure) -> SealedText? {
        let path = EnvironmentValues(context.environment.variables)["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
        let token =
            if let path {
                try SecretFile.text(
                    at: path, source: name, remedy: "correct AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
            } else { context.environment.containerToken }
        guard token?.bytes.lend(to: Self.isHeaderValue) != false else {
            throw CredentialFailure(
                source: name, why: "the authorization token holds a line break or another control character",
                remedy: "write it on one line")
        }
        return token
    }

    private static func isHeaderValue(_ bytes: borrowing RawSpan) -> Bool {
        // SAFETY: the buffer is read during the call that lends it.
        unsafe bytes.withUnsafeBytes { unsafe $0.allSatisfy { (0x20...0x7E).contains($0) } }
    }

    /// The agent is on this host: what takes longer is not there.
    private static let timeouts = ExchangeTimeouts(connect: .seconds(2), attempt: .seconds(5), whole: .seconds(12))
}

/// Where a container's agent is, by the variables that ECS and EKS set.
package struct ContainerAddress: Sendable, Equatable {
    let host: EndpointURL
    let path: String
    let query: String

    /// The whole of it.
    package var text: String { "\(host)\(path)\(query.isEmpty ? "" : "?\(query)")" }

    package init(environment: [String: String]) throws(CredentialFailure) {
        let values = EnvironmentValues(environment)
        if let relative = values["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            guard relative.hasPrefix("/") else {
                throw Self.failure("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with /")
            }
            try self.init(url: "http://169.254.170.2\(relative)", named: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        } else if let full = values["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            try self.init(url: full, named: "AWS_CONTAINER_CREDENTIALS_FULL_URI")
        } else {
            throw CredentialFailure(
                kind: .absent, source: "container",
                why:
                    "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
                remedy: "run the broker in a task or pod with a role")
        }
    }

    private init(url: String, named variable: String) throws(CredentialFailure) {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let whole: EndpointURL
        do throws(EndpointFailure) {
            whole = try EndpointURL(parsing: String(parts[0]))
            host = try EndpointURL(parsing: "\(whole.scheme.rawValue)://\(whole.authority)")
        } catch {
            throw Self.failure("\(variable) is not a URL with a host: \(error)")
        }
        guard whole.scheme == .https || whole.isLoopback || whole.isContainerAgent else {
            throw Self.failure(
                "\(variable) is plain http to a host that is neither loopback nor the agent of ECS or EKS")
        }
        path = whole.basePath.isEmpty ? "/" : whole.basePath
        query = parts.count > 1 ? String(parts[1]) : ""
        guard query.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.failure("\(variable) holds a character that no URL has")
        }
    }

    private static func failure(_ why: String) -> CredentialFailure {
        CredentialFailure(source: "container", why: why, remedy: "correct the variable, or unset it")
    }
}
