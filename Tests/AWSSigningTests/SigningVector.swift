import AWSSigning
import Foundation
import JSONText
import Secrets
import Testing
import Timestamps

/// One request to sign, and what must come of it.
struct SigningVector: Sendable {
    var name: String
    var accessKeyID: String
    var secret: String
    var token: String?
    var scope: CredentialScope
    var instant: Timestamp
    var request: SignableRequest
    var host: String
    var options = SigningOptions()
    var canonicalRequest: String
    var stringToSign: String
    var authorization: String

    var credential: Credential {
        Credential(accessKeyID: accessKeyID, secret: secret, token: token)
    }

    /// What of the outcome is not as expected; empty when the vector passes.
    func differences(signedWith signer: Signer, _ credential: Credential) throws -> [String] {
        let signed = try signer.sign(request, host: host, scope: scope, at: instant, with: credential)
        var differences: [String] = []
        if signed.canonicalRequest != canonicalRequest {
            differences.append("canonical request\n\(signed.canonicalRequest)\ninstead of\n\(canonicalRequest)")
        }
        if signed.stringToSign != stringToSign { differences.append("string to sign") }
        if signed.authorization != authorization { differences.append("authorization \(signed.authorization)") }
        if !authorization.hasSuffix(signed.signature) { differences.append("signature \(signed.signature)") }
        return differences
    }
}

extension SigningVector {
    /// The form of our own vectors and of the file that SIGV4_VECTORS names.
    init(json: JSONValue, name: String) throws {
        let url = try VectorURL(json.text("url"))
        let token = json["token"]?.string ?? ""
        let expected = try #require(json["expected"])
        self.init(
            name: name, accessKeyID: try json.text("access_key"), secret: try json.text("secret"),
            token: token.isEmpty ? nil : token,
            scope: CredentialScope(region: try json.text("region"), service: try json.text("service")),
            instant: try json.instant("datetime"),
            request: SignableRequest(
                method: try json.text("method"), path: url.path, query: url.query, headers: try json.headers(),
                body: try json.body()),
            host: url.hostHeader, canonicalRequest: try expected.text("canonical_request"),
            stringToSign: try expected.text("string_to_sign"), authorization: try expected.text("authorization"))
    }

    /// The form of the official suites' index.
    init(officialCase json: JSONValue) throws {
        let context = try #require(json["context"])
        let credentials = try #require(context["credentials"])
        let request = try #require(json["request"])
        let header = try #require(json["header"])
        let target = try request.text("target").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let signedRequest = try header.text("signed_request").split(whereSeparator: \.isNewline)
        let sent = signedRequest.first { $0.hasPrefix("Authorization:") }?.dropFirst("Authorization:".count)
        self.init(
            name: "\(try json.text("suite"))/\(try json.text("name"))",
            accessKeyID: try credentials.text("access_key_id"), secret: try credentials.text("secret_access_key"),
            token: credentials["token"]?.string,
            scope: CredentialScope(region: try context.text("region"), service: try context.text("service")),
            instant: try context.instant("timestamp"),
            request: SignableRequest(
                method: try request.text("method"), path: String(target[0]),
                query: target.count == 2 ? String(target[1]) : "", headers: try request.headers(),
                body: try request.body()),
            host: "example.amazonaws.com",
            options: SigningOptions(
                normalizesPath: context["normalize"] != false, signsBody: context["sign_body"] == true,
                omitsSessionTokenFromSignature: context["omit_session_token"] == true),
            canonicalRequest: try header.text("canonical_request"), stringToSign: try header.text("string_to_sign"),
            authorization: try header["authorization"]?.string
                ?? #require(sent).trimmingCharacters(in: .whitespaces))
    }
}

extension JSONValue {
    fileprivate func text(_ name: String) throws -> String { try #require(self[name]?.string) }

    fileprivate func instant(_ name: String) throws -> Timestamp {
        let text = try text(name)
        return try #require(Timestamp(parsingISO8601: text))
    }

    fileprivate func body() throws -> [UInt8] {
        let body = Data(base64Encoded: self["body_base64"]?.string ?? "")
        return [UInt8](try #require(body))
    }

    /// Pairs of name and value; a folded value (RFC 9112, 5.2) as it is before it is sent, on one line.
    fileprivate func headers() throws -> [(name: String, value: String)] {
        try #require(self["headers"]?.array).map { pair in
            let (name, value) = (pair.array?.first?.string, pair.array?.last?.string)
            let lines = try #require(value).split(whereSeparator: \.isNewline)
            return (try #require(name), lines.joined(separator: " "))
        }
    }
}

extension Credential {
    convenience init(accessKeyID: String, secret: String, token: String? = nil) {
        var secret = Array(secret.utf8)
        guard let token else {
            self.init(accessKeyID: accessKeyID, secretAccessKey: SecretBytes(takingAndWiping: &secret))
            return
        }
        var bytes = Array(token.utf8)
        self.init(
            accessKeyID: accessKeyID, secretAccessKey: SecretBytes(takingAndWiping: &secret),
            sessionToken: SecretBytes(takingAndWiping: &bytes))
    }
}

/// A vector's URL, cut by hand: its path and query may hold what no URL type lets through.
private struct VectorURL {
    let path: String
    let query: String
    /// In lower case, without the scheme's own port.
    let hostHeader: String

    init(_ text: String) throws {
        let colon = try #require(text.range(of: "://"))
        let rest = text[colon.upperBound...].prefix { $0 != "#" }
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let target = rest[authorityEnd...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = target.first.map(String.init) ?? ""
        query = target.count == 2 ? String(target[1]) : ""
        let authority = rest[..<authorityEnd].split(separator: "@").last?.lowercased() ?? ""
        let ownPort = text[..<colon.lowerBound].lowercased() == "https" ? ":443" : ":80"
        hostHeader = authority.hasSuffix(ownPort) ? String(authority.dropLast(ownPort.count)) : authority
    }
}
