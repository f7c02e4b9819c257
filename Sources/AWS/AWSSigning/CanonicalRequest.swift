/// What is hashed and signed of a request.
///
/// Source: AWS, "Create a signed AWS API request", step 1: method, path, query, headers, signed headers, payload hash.
struct CanonicalRequest: Sendable {
    let bytes: [UInt8]
    private let signedHeadersRange: Range<Int>

    init(
        _ request: SignableRequest, headers: consuming CanonicalHeaders, payloadHash: String, normalizesPath: Bool
    ) throws(SigningFailure) {
        guard HTTPText.isToken(request.method) else { throw .unsendable(.method) }
        var out = ByteText(room: Self.usualBytes)
        out.append(request.method)
        out.append(Self.newline)
        try CanonicalPath.append(request.path, normalized: normalizesPath, to: &out)
        out.append(Self.newline)
        try CanonicalQuery.append(request.query, to: &out)
        out.append(Self.newline)
        headers.sort()
        headers.appendLines(to: &out)
        out.append(Self.newline)
        let start = out.count
        headers.appendNames(to: &out)
        signedHeadersRange = start..<out.count
        out.append(Self.newline)
        out.append(payloadHash)
        bytes = out.bytes
    }

    /// The names of the signed headers, joined by ";".
    var signedHeaders: ArraySlice<UInt8> { bytes[signedHeadersRange] }

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

    /// Room for a request with a few headers; a session token makes it grow once.
    private static let usualBytes = 512
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
