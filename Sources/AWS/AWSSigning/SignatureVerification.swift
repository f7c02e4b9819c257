package import Secrets
package import Timestamps

/// The other side of signing: whether a request that came in was signed as a service asks, and by whom.
package struct SignatureVerification: Sendable {
    package let scope: CredentialScope
    /// How far the time of a signature may be from now, in seconds. AWS allows five minutes for most services.
    package let allowedSkew: Double
    private let keyring: SigningKeyring
    private let options: SigningOptions

    package init(
        scope: CredentialScope, allowedSkew: Double = 300, keyring: SigningKeyring,
        options: SigningOptions = SigningOptions()
    ) {
        self.scope = scope
        self.allowedSkew = allowedSkew
        self.keyring = keyring
        self.options = options
    }

    package enum Verdict: Sendable, Equatable {
        case valid(accessKeyID: String)
        /// There is no Authorization header.
        case missing
        /// Something that must be there for a signature to be checked is not, or makes no sense.
        case incomplete(reason: String)
        case unknownKey(accessKeyID: String)
        /// The session token is not that of the credential, or one of the two is absent.
        case wrongSessionToken
        /// Signed for another day, region or service.
        case wrongScope(reason: String)
        case expired(signedAt: Timestamp)
        case notYetCurrent(signedAt: Timestamp)
        /// A header that must be signed (Host, X-Amz-*) is not.
        case unsignedHeader(name: String)
        /// The body is not the one whose hash was signed.
        case wrongBody
        /// The signature is another one than what these two, made here, come to.
        case signatureDoesNotMatch(canonicalRequest: String, stringToSign: String)
    }

    /// Judges `request`, all of whose headers are given, as it was received.
    ///
    /// - Parameters:
    ///   - request: its headers must be all that came in, Authorization among them.
    ///   - now: what the time of the signature is held against.
    ///   - credentialNamed: the credential with that access key id, or nil when there is none.
    /// - Returns: `valid`, or the first thing that is wrong.
    /// - Throws: `SigningFailure` for a request that could not have come in (CR in a header value), or `cryptography`.
    package func verdict(
        on request: SignableRequest, at now: Timestamp, credentialNamed: (String) -> Credential?
    ) throws(SigningFailure) -> Verdict {
        let headers = try CanonicalHeaders(request.headers)
        guard headers.contains("authorization") else { return .missing }
        let claim: Claim
        do {
            claim = try Claim(in: headers)
        } catch {
            return .incomplete(reason: error.reason)
        }
        guard let credential = credentialNamed(claim.header.accessKeyID) else {
            return .unknownKey(accessKeyID: claim.header.accessKeyID)
        }
        if let objection = try objection(to: claim, with: credential, in: headers, at: now) { return objection }
        if try !Self.isBodySigned(of: request, in: headers) { return .wrongBody }
        return try verdict(on: claim, of: request, headers: headers, with: credential)
    }

    /// What is wrong before any signature is computed.
    private func objection(
        to claim: Claim, with credential: Credential, in headers: CanonicalHeaders, at now: Timestamp
    ) throws(SigningFailure) -> Verdict? {
        guard try Self.isToken(headers.value(of: "x-amz-security-token"), of: credential) else {
            return .wrongSessionToken
        }
        guard claim.header.scope.region == scope.region else {
            return .wrongScope(reason: "Credential should be scoped to a valid region.")
        }
        guard claim.header.scope.service == scope.service else {
            return .wrongScope(reason: "Credential should be scoped to correct service: '\(scope.service)'.")
        }
        guard claim.time.hasPrefix(claim.header.date), claim.header.date.utf8.count == 8 else {
            return .wrongScope(reason: "Date in Credential scope does not match the date of the request.")
        }
        let age = now.secondsSince(claim.instant)
        if age > allowedSkew { return .expired(signedAt: claim.instant) }
        if age < -allowedSkew { return .notYetCurrent(signedAt: claim.instant) }
        let signed = Set(claim.header.signedHeaders)
        let unsigned = headers.names.first { name in
            (name == "host" || name.hasPrefix("x-amz-")) && name != "x-amz-security-token" && !signed.contains(name)
        }
        return unsigned.map { .unsignedHeader(name: $0) }
    }

    /// Makes the signature anew from the headers that are claimed to be signed, and compares.
    private func verdict(
        on claim: Claim, of request: SignableRequest, headers: CanonicalHeaders, with credential: Credential
    ) throws(SigningFailure) -> Verdict {
        let key = try keyring.key(of: credential, at: claim.instant, in: scope)
        let canonical = try CanonicalRequest.of(
            request, headers: headers.selecting(Set(claim.header.signedHeaders)),
            payloadHash: try Self.payloadHash(of: request, in: headers), normalizesPath: options.normalizesPath)
        let stringToSign = try canonical.stringToSign(at: claim.time, scope: key.scope)
        var expected = ByteText(room: 64)
        try key.appendSignature(of: stringToSign, to: &expected)
        // SAFETY: bytes have no padding.
        guard unsafe OpenSSL.areEqual(expected.bytes.span.bytes, claim.header.signature.utf8.span.bytes) else {
            return .signatureDoesNotMatch(
                canonicalRequest: String(decoding: canonical.bytes, as: UTF8.self),
                stringToSign: String(decoding: stringToSign, as: UTF8.self))
        }
        return .valid(accessKeyID: claim.header.accessKeyID)
    }

    private static func payloadHash(
        of request: SignableRequest, in headers: CanonicalHeaders
    ) throws(SigningFailure) -> String {
        if let given = try headers.value(of: "x-amz-content-sha256") { return given }
        return try SHA256Hash.hexDigest(of: request.body)
    }

    private static func isBodySigned(
        of request: SignableRequest, in headers: CanonicalHeaders
    ) throws(SigningFailure) -> Bool {
        guard let claimed = try headers.value(of: "x-amz-content-sha256"), claimed != "UNSIGNED-PAYLOAD" else {
            return true
        }
        return try claimed == SHA256Hash.hexDigest(of: request.body)
    }

    private static func isToken(_ given: String?, of credential: Credential) -> Bool {
        switch credential.sessionToken {
        case nil: given == nil
        case let token?:
            // SAFETY: bytes have no padding.
            given.map { text in token.lend { unsafe OpenSSL.areEqual($0, text.utf8.span.bytes) } } ?? false
        }
    }
}

/// What a signed request says of its signature.
private struct Claim {
    let header: AuthorizationHeader
    /// X-Amz-Date as it stands in the request, and is signed.
    let time: String
    let instant: Timestamp

    init(in headers: CanonicalHeaders) throws(AuthorizationHeader.Malformed) {
        header = try AuthorizationHeader(parsing: Self.single("authorization", in: headers))
        time = try Self.single("x-amz-date", in: headers)
        guard let instant = Timestamp(parsingISO8601: time), instant.basicISO8601 == time else {
            throw AuthorizationHeader.Malformed(reason: "X-Amz-Date is not in the form YYYYMMDDTHHMMSSZ")
        }
        self.instant = instant
    }

    private static func single(
        _ name: String, in headers: CanonicalHeaders
    ) throws(AuthorizationHeader.Malformed) -> String {
        do {
            if let value = try headers.value(of: name) { return value }
        } catch {
            throw AuthorizationHeader.Malformed(reason: "the header '\(name)' comes more than once")
        }
        throw AuthorizationHeader.Malformed(reason: "it requires the existence of the header '\(name)'")
    }
}
