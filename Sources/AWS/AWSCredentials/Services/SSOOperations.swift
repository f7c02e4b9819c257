package import AWSRuntime
import AWSSigning
import JSONText
import Secrets
import Timestamps

extension AWSService {
    package static let sso = AWSService(signingName: "awsssoportal", endpointPrefix: "portal.sso", sdkID: "SSO")
    package static let ssoOIDC = AWSService(signingName: "sso-oauth", endpointPrefix: "oidc", sdkID: "SSO OIDC")
}

/// The IAM Identity Center portal's GetRoleCredentials
/// (<https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>): the access token is
/// the proof, so it is not signed.
struct GetRoleCredentials: AWSOperation {
    static let name = "GetRoleCredentials"
    static let service = AWSService.sso
    let request: OperationRequest

    init(account: String, role: String, accessToken: SealedText) {
        request = OperationRequest(
            method: "GET", path: "/federation/credentials",
            query: "account_id=\(Self.escaped(account))&role_name=\(Self.escaped(role))",
            headers: [("x-amz-sso_bearer_token", accessToken.text)], secrets: [accessToken])
    }

    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> Credential {
        let leaves = try SealedLeaves(answer: response)
        guard let milliseconds = leaves.integer("roleCredentials/expiration"),
            (0...253_402_300_799_999).contains(milliseconds)
        else { throw MalformedResponse(reason: "there is no roleCredentials/expiration") }
        return try IssuedKeys(
            leaves, accessKeyID: "roleCredentials/accessKeyId", secretAccessKey: "roleCredentials/secretAccessKey",
            sessionToken: "roleCredentials/sessionToken"
        ).credential(
            until: Timestamp(
                seconds: milliseconds / 1000, nanoseconds: Int32(truncatingIfNeeded: milliseconds % 1000 * 1_000_000)),
            account: nil)
    }

    private static func escaped(_ text: String) -> String {
        String(decoding: URIEncoding.escaped(Array(text.utf8).span), as: UTF8.self)
    }
}

/// IAM Identity Center OIDC's CreateToken with a refresh token
/// (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>): not signed.
struct CreateToken: AWSOperation {
    static let name = "CreateToken"
    static let service = AWSService.ssoOIDC
    let request: OperationRequest

    init(clientID: String, clientSecret: SealedText, refreshToken: SealedText) {
        var body: [UInt8] = []
        JSONObject([
            ("clientId", .string(clientID)), ("clientSecret", .string(clientSecret.text)),
            ("grantType", "refresh_token"), ("refreshToken", .string(refreshToken.text)),
        ]).write(to: &body)
        request = OperationRequest(
            method: "POST", path: "/token", headers: [("Content-Type", "application/json")], body: body,
            secrets: [clientSecret, refreshToken])
    }

    struct Output: Sendable {
        let accessToken: SealedText
        let expiresInSeconds: Int64
        /// A new one, where the old one is used up.
        let refreshToken: SealedText?
    }

    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> Output {
        let leaves = try SealedLeaves(answer: response)
        guard let accessToken = leaves.sealed("accessToken") else {
            throw MalformedResponse(reason: "there is no accessToken")
        }
        guard let seconds = leaves.integer("expiresIn"), (1...31_622_400).contains(seconds) else {
            throw MalformedResponse(reason: "expiresIn is not a number of seconds")
        }
        return Output(
            accessToken: accessToken, expiresInSeconds: seconds,
            refreshToken: leaves.sealed("refreshToken"))
    }

    /// OAuth's errors (RFC 6749, 5.2) beside AWS's own.
    static func parseRefusal(_ response: HTTPExchangeResponse, at now: Timestamp) -> ServiceError {
        var refusal = ServiceError(restJSON: response, at: now)
        var body = response.body
        if let leaves = try? SealedLeaves(takingJSON: &body) {
            refusal.message = leaves.text("error_description") ?? refusal.message
        }
        return refusal
    }
}

extension SealedLeaves {
    /// The JSON object of a successful answer.
    init(answer response: HTTPExchangeResponse) throws(MalformedResponse) {
        var body = response.body
        do throws(JSONFailure) {
            try self.init(takingJSON: &body)
        } catch {
            throw MalformedResponse(reason: "the body is not a JSON object: \(error)")
        }
    }
}
