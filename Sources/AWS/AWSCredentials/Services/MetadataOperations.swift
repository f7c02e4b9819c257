import AWSRuntime
import Secrets
import Timestamps

/// The service of a host's own that knows its role: never signed, never by a proxy.
private let metadata = AWSService(signingName: "", endpointPrefix: "", sdkID: "EC2 Metadata")

/// A session with IMDSv2 (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>).
struct OpenMetadataSession: AWSOperation {
    static let name = "OpenMetadataSession"
    static let service = metadata

    /// Six hours, the longest there is: the token serves one fetch only, and its life costs nothing.
    let request = OperationRequest(
        method: "PUT", path: "/latest/api/token", headers: [("x-aws-ec2-metadata-token-ttl-seconds", "21600")])

    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> SealedText {
        var token = response.body
        guard !token.isEmpty, token.count <= 1_024, token.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw MalformedResponse(reason: "the session token is none")
        }
        return SealedText(takingAndWiping: &token)
    }
}

/// The name of the instance's role.
struct NameInstanceRole: AWSOperation {
    static let name = "NameInstanceRole"
    static let service = metadata
    let request: OperationRequest

    init(session: SealedText) { request = .metadata(InstanceRole.path, session) }

    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> String {
        let name = HeaderText.trimmed(
            String(decoding: response.body, as: UTF8.self).split(separator: "\n").first ?? "")
        // IAM's own rule for the names of roles, but for two that lead elsewhere: it becomes part of a path.
        guard (1...128).contains(name.utf8.count), name != ".", name != "..", name.utf8.allSatisfy(\.isOfIAMName)
        else { throw MalformedResponse(reason: "the name of the role is none") }
        return name
    }
}

/// The credentials of the instance's role.
struct InstanceRole: AWSOperation {
    static let name = "InstanceRole"
    static let service = metadata
    static let path = "/latest/meta-data/iam/security-credentials/"
    let request: OperationRequest

    init(_ role: String, session: SealedText) { request = .metadata(Self.path + role, session) }

    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> Credential {
        let leaves = try SealedLeaves(answer: response)
        if let code = leaves.text("Code"), code != "Success" {
            throw MalformedResponse(reason: "the metadata service says \(code.prefix(64))")
        }
        return try IssuedKeys(
            leaves, accessKeyID: "AccessKeyId", secretAccessKey: "SecretAccessKey", sessionToken: "Token"
        ).credential(until: leaves.instant("Expiration"), account: leaves.text("AccountId"))
    }
}

/// The credentials of a container's role, from the agent of ECS or EKS
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>).
struct ContainerRole: AWSOperation {
    static let name = "ContainerRole"
    static let service = metadata
    let request: OperationRequest

    init(path: String, query: String, authorization: SealedText?) {
        var headers = [(name: "Accept", value: "application/json")]
        if let authorization { headers.append(("Authorization", authorization.text)) }
        request = OperationRequest(
            method: "GET", path: path, query: query, headers: headers, secrets: [authorization].compactMap { $0 })
    }

    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> Credential {
        let leaves = try SealedLeaves(answer: response)
        return try IssuedKeys(
            leaves, accessKeyID: "AccessKeyId", secretAccessKey: "SecretAccessKey", sessionToken: "Token"
        ).credential(until: leaves.instant("Expiration"), account: leaves.text("AccountId"))
    }
}

extension OperationRequest {
    fileprivate static func metadata(_ path: String, _ session: SealedText) -> OperationRequest {
        OperationRequest(
            method: "GET", path: path, headers: [("x-aws-ec2-metadata-token", session.text)], secrets: [session])
    }
}
