/// What is hashed and signed of a request.
///
/// Source: AWS, "Create a signed AWS API request", step 1: method, path, query, headers, signed headers, payload hash.
struct CanonicalRequest: Sendable {
    let bytes: [UInt8]
    private let signedHeadersRange: Range<Int>

    /// The canonical form of `request` with those of its headers that are signed.
    static func of(
        _ request: SignableRequest, headers: CanonicalHeaders, payloadHash: String, normalizesPath: Bool
    ) throws(SigningFailure) -> CanonicalRequest {
        guard HTTPText.isToken(request.method) else { throw .unsendable(.method) }
        var headers = headers
        headers.sort()
        var out = ByteText(
            room: Self.fixedBytes + request.path.utf8.count + request.query.utf8.count + headers.byteCount)
        out.append(request.method)
        out.append(newline)
        try CanonicalPath.append(request.path, normalized: normalizesPath, to: &out)
        out.append(newline)
        try CanonicalQuery.append(request.query, to: &out)
        out.append(newline)
        headers.appendLines(to: &out)
        out.append(newline)
        let start = out.count
        headers.appendNames(to: &out)
        let end = out.count
        out.append(newline)
        out.append(payloadHash)
        return CanonicalRequest(bytes: out.bytes, signedHeadersRange: start..<end)
    }

    /// The names of the signed headers, joined by ";".
    var signedHeaders: String { String(decoding: bytes[signedHeadersRange], as: UTF8.self) }

    func appendSignedHeaders(to out: inout ByteText) { out.append(bytes.span.extracting(signedHeadersRange)) }

    /// Step 2: what the signing key signs.
    func stringToSign(at time: String, scope: String) throws(SigningFailure) -> [UInt8] {
        var out = ByteText(room: 192)
        out.append(SigningAlgorithm.name)
        out.append(Self.newline)
        out.append(time)
        out.append(Self.newline)
        out.append(scope)
        out.append(Self.newline)
        out.appendHexadecimal(try SHA256Hash.digest(of: bytes))
        return out.bytes
    }

    /// Room for a method, a payload hash and what few characters are escaped.
    private static let fixedBytes = 128
    private static let newline = UInt8(ascii: "\n")
}

/// The words that SigV4 fixes.
enum SigningAlgorithm {
    static let name = "AWS4-HMAC-SHA256"
    /// What every credential scope ends with.
    static let terminator = "aws4_request"
    /// What the secret access key is led by when signing keys are derived from it.
    static let keyPrefix = "AWS4"
}
