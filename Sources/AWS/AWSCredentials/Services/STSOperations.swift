package import AWSRuntime
import AWSSigning
import Secrets
import Timestamps
import XMLText

extension AWSService {
    package static let sts = AWSService(signingName: "sts", endpointPrefix: "sts", sdkID: "STS")
}

/// STS's AssumeRole (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>): signed.
struct AssumeRole: AWSOperation {
    static let name = "AssumeRole"
    static let service = AWSService.sts
    let request: OperationRequest

    init(_ role: RoleSettings, for user: SessionUser?) {
        var form = QueryForm(action: Self.name)
        form.add("RoleArn", role.arn)
        form.add("RoleSessionName", role.session.name?.filled(for: user) ?? RoleSession.defaultName)
        form.add("ExternalId", role.externalID)
        form.add("DurationSeconds", role.durationSeconds.map(String.init))
        form.add("SourceIdentity", role.session.sourceIdentity?.filled(for: user))
        form.add("Policy", role.session.policy)
        for (number, arn) in role.session.policyARNs.enumerated() {
            form.add("PolicyArns.member.\(number + 1).arn", arn)
        }
        for (number, tag) in role.session.tags.enumerated() {
            form.add("Tags.member.\(number + 1).Key", tag.key)
            form.add(
                "Tags.member.\(number + 1).Value", tag.value.filled(for: user, atMost: SessionTemplate.longestTag))
        }
        request = form.request()
    }

    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> Credential {
        try STSAnswer.credential(in: response, below: "AssumeRoleResult")
    }

    static func parseRefusal(_ response: HTTPExchangeResponse, at now: Timestamp) -> ServiceError {
        STSAnswer.refusal(response, at: now)
    }
}

/// STS's AssumeRoleWithWebIdentity
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>): the token is the proof, so
/// it is not signed.
struct AssumeRoleWithWebIdentity: AWSOperation {
    static let name = "AssumeRoleWithWebIdentity"
    static let service = AWSService.sts
    let request: OperationRequest

    init(_ role: RoleSettings, token: SealedText, for user: SessionUser?) {
        var form = QueryForm(action: Self.name)
        form.add("RoleArn", role.arn)
        form.add("RoleSessionName", role.session.name?.filled(for: user) ?? RoleSession.defaultName)
        form.add("WebIdentityToken", secret: token)
        form.add("DurationSeconds", role.durationSeconds.map(String.init))
        form.add("Policy", role.session.policy)
        for (number, arn) in role.session.policyARNs.enumerated() {
            form.add("PolicyArns.member.\(number + 1).arn", arn)
        }
        request = form.request()
    }

    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> Credential {
        try STSAnswer.credential(in: response, below: "AssumeRoleWithWebIdentityResult")
    }

    static func parseRefusal(_ response: HTTPExchangeResponse, at now: Timestamp) -> ServiceError {
        STSAnswer.refusal(response, at: now)
    }
}

/// A request of the awsQuery protocol: a form (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>).
private struct QueryForm {
    private var body: [UInt8]
    private var secrets: [SealedText] = []

    init(action: String) { body = Array("Action=\(action)&Version=2011-06-15".utf8) }

    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        body += "&\(name)=".utf8
        body += URIEncoding.escaped(Array(value.utf8).span)
    }

    mutating func add(_ name: String, secret: SealedText) {
        secrets.append(secret)
        secret.bytes.lend { span in
            body += "&\(name)=".utf8 + URIEncoding.escaped(Span<UInt8>(_bytes: span))
        }
    }

    func request() -> OperationRequest {
        OperationRequest(
            method: "POST", path: "/",
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")], body: body,
            secrets: secrets)
    }
}

/// Answers of STS, which speaks XML.
private enum STSAnswer {
    static func credential(
        in response: HTTPExchangeResponse, below result: String
    ) throws(MalformedResponse) -> Credential {
        var body = response.body
        let leaves: SealedLeaves
        do throws(XMLFailure) {
            leaves = try SealedLeaves(takingXML: &body)
        } catch {
            throw MalformedResponse(reason: "the body is not the XML of STS: \(error)")
        }
        return try IssuedKeys(
            leaves, accessKeyID: "\(result)/Credentials/AccessKeyId",
            secretAccessKey: "\(result)/Credentials/SecretAccessKey",
            sessionToken: "\(result)/Credentials/SessionToken"
        ).credential(
            until: leaves.instant("\(result)/Credentials/Expiration"),
            account: leaves.text("\(result)/AssumedRoleUser/Arn").flatMap(account))
    }

    /// The fifth part of `arn:aws:sts::123456789012:assumed-role/…`.
    private static func account(ofARN arn: String) -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 5 && !parts[4].isEmpty ? String(parts[4]) : nil
    }

    static func refusal(_ response: HTTPExchangeResponse, at now: Timestamp) -> ServiceError {
        var refusal = ServiceError(restJSON: response, at: now)
        var body = response.body
        // Elements of the wrong form leave what the scan for front ends has found.
        guard let leaves = try? SealedLeaves(takingXML: &body), let code = leaves.text("Error/Code") else {
            return refusal
        }
        refusal.code = code
        refusal.message = leaves.text("Error/Message") ?? refusal.message
        refusal.requestID = refusal.requestID ?? leaves.text("RequestId")
        return refusal
    }
}
