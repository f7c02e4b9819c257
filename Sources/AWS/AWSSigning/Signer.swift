package import Secrets
package import Timestamps

/// Signs requests with AWS Signature Version 4, in a header.
///
/// A value without state of its own, to be used from as many threads as there are; what it remembers, derived keys, is
/// in the keyring. Source: AWS, "Create a signed AWS API request".
package struct Signer: Sendable {
    package let keyring: SigningKeyring
    package let options: SigningOptions

    package init(keyring: SigningKeyring, options: SigningOptions = SigningOptions()) {
        self.keyring = keyring
        self.options = options
    }

    /// Signs every header of `request`, and those that it adds: Host, X-Amz-Date, with a session token
    /// X-Amz-Security-Token, and X-Amz-Content-SHA256 when the options say so.
    ///
    /// A payload hash that the request brings in X-Amz-Content-SHA256 is taken as it is (`UNSIGNED-PAYLOAD`, say).
    ///
    /// - Parameters:
    ///   - request: what is going to be sent, but for the headers that are added.
    ///   - host: the value of the Host header, unless the request has one: without the scheme's own port, an IPv6
    ///     address in brackets.
    ///   - scope: the region and service that the endpoint signs for.
    ///   - instant: the time of the signature; AWS refuses one that is minutes off.
    ///   - credential: who signs.
    /// - Returns: the headers to add, and each step of how they were made.
    /// - Throws: `SigningFailure.unsendable` for what may not be sent; `conflictingHeader` for a date, token or
    ///   Authorization header that is already there and says something else.
    package func sign(
        _ request: SignableRequest, host: String, scope: CredentialScope, at instant: Timestamp,
        with credential: Credential
    ) throws(SigningFailure) -> SignedRequest {
        let key = try keyring.key(of: credential, at: instant, in: scope)
        let time = SigningTime(instant, date: key.date)
        var headers = try HeadersToSend(of: request)
        try headers.add(.host, host)
        try headers.add(.date, time.text)
        if let token = try Self.sessionToken(of: credential) {
            try headers.add(.sessionToken, token, isSigned: !options.omitsSessionTokenFromSignature)
        }
        let payloadHash = try payloadHash(of: request, addingTo: &headers)

        let canonical = try CanonicalRequest.of(
            request, headers: headers.signed, payloadHash: payloadHash, normalizesPath: options.normalizesPath)
        let stringToSign = try canonical.stringToSign(at: time.text, scope: key.scope)
        let authorization = try Self.authorization(key, canonical, stringToSign)
        headers.added.append(("Authorization", authorization))
        return SignedRequest(
            addedHeaders: headers.added, authorization: authorization, canonical: canonical, stringToSign: stringToSign)
    }

    /// The token as text, for the HTTP client needs a header value: the one copy of it that is not wiped.
    private static func sessionToken(of credential: Credential) throws(SigningFailure) -> String? {
        switch credential.sessionToken {
        case nil: return nil
        case let token?:
            let text = token.lend { bytes in
                // SAFETY: the buffer is valid during the call, and the text is a copy.
                unsafe bytes.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
            }
            guard let text else { throw .unsendable(.sessionToken) }
            return text
        }
    }

    private func payloadHash(
        of request: SignableRequest, addingTo headers: inout HeadersToSend
    ) throws(SigningFailure) -> String {
        let name = AddedHeader.payloadHash.signedName
        if let given = try headers.signed.value(of: name) { return given }
        let hash = request.body.isEmpty ? SHA256Hash.hexDigestOfNothing : try SHA256Hash.hexDigest(of: request.body)
        if options.signsBody { try headers.add(.payloadHash, hash) }
        return hash
    }

    private static func authorization(
        _ key: SigningKey, _ canonical: CanonicalRequest, _ stringToSign: [UInt8]
    ) throws(SigningFailure) -> String {
        var out = ByteText(room: 320)
        out.append(key.authorizationPrefix)
        canonical.appendSignedHeaders(to: &out)
        out.append(", Signature=")
        try key.appendSignature(of: stringToSign, to: &out)
        return out.text
    }
}

/// The headers that a signer gives to a request.
private enum AddedHeader: String {
    case host = "Host"
    case date = "X-Amz-Date"
    case sessionToken = "X-Amz-Security-Token"
    case payloadHash = "X-Amz-Content-SHA256"

    var signedName: String {
        switch self {
        case .host: "host"
        case .date: "x-amz-date"
        case .sessionToken: "x-amz-security-token"
        case .payloadHash: "x-amz-content-sha256"
        }
    }
}

/// The headers of a request on their way out: those it has and those it is given.
private struct HeadersToSend {
    var signed: CanonicalHeaders
    var added: [(name: String, value: String)] = []

    init(of request: SignableRequest) throws(SigningFailure) {
        signed = try CanonicalHeaders(request.headers, room: 256)
        added.reserveCapacity(5)
        guard !signed.contains("authorization") else { throw .conflictingHeader(name: "authorization") }
    }

    /// Adds a header that the request does not have yet. A Host of its own stands; a date or token of its own must be
    /// this one. What is not signed is sent all the same, and must be fit for it.
    mutating func add(_ header: AddedHeader, _ value: String, isSigned: Bool = true) throws(SigningFailure) {
        let name = header.signedName
        if let given = try signed.value(of: name) {
            guard header == .host || given == value else { throw .conflictingHeader(name: name) }
            return
        }
        if isSigned {
            try signed.add(lowerCase: name, value)
        } else if HTTPText.blemishes(of: value).contains(.controls) {
            throw .unsendable(.headerValue(name: name))
        }
        added.append((header.rawValue, value))
    }
}
