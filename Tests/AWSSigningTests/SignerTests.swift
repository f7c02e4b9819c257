import AWSSigning
import Secrets
import Testing
import Timestamps

@Suite struct SignerTests {
    private let signer = Signer(keyring: SigningKeyring())

    // MARK: What is added

    @Test func `host, date and authorization are added, in this order`() throws {
        let signed = try sign()
        #expect(signed.addedHeaders.map(\.name) == ["Host", "X-Amz-Date", "Authorization"])
        #expect(signed.addedHeaders[0].value == "example.amazonaws.com")
        #expect(signed.addedHeaders[1].value == "20150830T123600Z")
        #expect(signed.addedHeaders[2].value == signed.authorization)
        #expect(signed.signedHeaders == "host;x-amz-date")
    }

    @Test func `a session token is added and signed`() throws {
        let signed = try sign(with: .temporary)
        #expect(signed.addedHeaders.map(\.name) == ["Host", "X-Amz-Date", "X-Amz-Security-Token", "Authorization"])
        #expect(signed.addedHeaders[2].value == "TOKEN")
        #expect(signed.signedHeaders == "host;x-amz-date;x-amz-security-token")
    }

    @Test func `a session token can be added unsigned`() throws {
        let signed = try sign(options: SigningOptions(omitsSessionTokenFromSignature: true), with: .temporary)
        #expect(signed.addedHeaders.map(\.name) == ["Host", "X-Amz-Date", "X-Amz-Security-Token", "Authorization"])
        #expect(signed.signedHeaders == "host;x-amz-date")
    }

    @Test func `the body's hash is added and signed when asked for, also that of no body`() throws {
        let signed = try sign(options: SigningOptions(signsBody: true))
        #expect(signed.addedHeaders.map(\.name) == ["Host", "X-Amz-Date", "X-Amz-Content-SHA256", "Authorization"])
        #expect(signed.addedHeaders[2].value == SHA256Hash.hexDigestOfNothing)
        #expect(signed.signedHeaders == "host;x-amz-content-sha256;x-amz-date")
    }

    @Test func `a payload hash that the request brings is signed as it is`() throws {
        let signed = try sign(
            SignableRequest(
                method: "PUT", path: "/", headers: [("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")], body: [1]),
            options: SigningOptions(signsBody: true))
        #expect(signed.canonicalRequest.hasSuffix("\nUNSIGNED-PAYLOAD"))
        #expect(signed.addedHeaders.map(\.name) == ["Host", "X-Amz-Date", "Authorization"])
    }

    @Test func `a date, token or host that is there already is signed once and not added again`() throws {
        let request = SignableRequest(
            method: "GET", path: "/",
            headers: [
                ("X-AMZ-DATE", "20150830T123600Z"), ("x-amz-security-token", "TOKEN"), ("host", "other.example"),
            ])
        let signed = try sign(request, with: .temporary)
        #expect(signed.addedHeaders.map(\.name) == ["Authorization"])
        #expect(signed.signedHeaders == "host;x-amz-date;x-amz-security-token")
        #expect(signed.canonicalRequest.contains("\nhost:other.example\n"))
    }

    // MARK: What is refused

    @Test(arguments: [
        ("X-Amz-Date", "20150830T123601Z", "x-amz-date"), ("X-Amz-Security-Token", "OTHER", "x-amz-security-token"),
        ("Authorization", "Basic Og==", "authorization"),
    ])
    func `a header that says otherwise than the signer is refused`(name: String, value: String, failed: String) {
        let request = SignableRequest(method: "GET", path: "/", headers: [(name, value)])
        #expect(throws: SigningFailure.conflictingHeader(name: failed)) { try sign(request, with: .temporary) }
    }

    @Test(arguments: ["x-amz-date", "host", "x-amz-content-sha256"])
    func `a header that can be there only once is refused when it comes twice`(name: String) {
        let request = SignableRequest(method: "GET", path: "/", headers: [(name, "a"), (name, "a")])
        #expect(throws: SigningFailure.conflictingHeader(name: name)) { try sign(request) }
    }

    @Test(arguments: ["a\r\nInjected: b", "a\nb", "a\rb", "a\0b", "\u{7F}", "\u{1B}[31m", "a\n  folded"])
    func `a header value that would break the request is refused`(value: String) {
        let request = SignableRequest(method: "GET", path: "/", headers: [("X-Test", value)])
        #expect(throws: SigningFailure.unsendable(.headerValue(name: "x-test"))) { try sign(request) }
    }

    @Test(arguments: ["", " ", "a b", "a:", "a\r\n", "a\0", "é", "(x)"])
    func `a header name that is no token is refused`(name: String) {
        let request = SignableRequest(method: "GET", path: "/", headers: [(name, "value")])
        #expect(throws: SigningFailure.unsendable(.headerName)) { try sign(request) }
    }

    @Test(arguments: [
        (SignableRequest(method: "", path: "/"), SigningFailure.Part.method),
        (SignableRequest(method: "GET /", path: "/"), .method), (SignableRequest(method: "G\n", path: "/"), .method),
        (SignableRequest(method: "GET", path: "/\r\nX: y"), .path),
        (SignableRequest(method: "GET", path: "/", query: "a=\n"), .query),
    ])
    func `a request line that would break is refused`(request: SignableRequest, part: SigningFailure.Part) {
        #expect(throws: SigningFailure.unsendable(part)) { try sign(request) }
    }

    @Test(arguments: ["", "AK ID", "AKID\r\n", "AKID/20150830", "AKID,Signature=0"])
    func `an access key id that would break the header is refused`(id: String) {
        #expect(throws: SigningFailure.unsendable(.accessKeyID)) {
            try sign(with: Credential(accessKeyID: id, secret: "secret"))
        }
    }

    @Test(arguments: [true, false])
    func `a session token that would break the header is refused, signed or not`(isSigned: Bool) {
        #expect(throws: SigningFailure.unsendable(.headerValue(name: "x-amz-security-token"))) {
            try sign(
                options: SigningOptions(omitsSessionTokenFromSignature: !isSigned),
                with: Credential(accessKeyID: "AKID", secret: "secret", token: "a\r\nb"))
        }
    }

    @Test(arguments: [
        ("", "s"), ("r", ""), ("us-east-1/x", "s"), ("us east", "s"), ("r", "s,Signature=0"), ("r\n", "s"),
    ])
    func `a scope that would break the header is refused`(region: String, service: String) {
        #expect(throws: SigningFailure.unsendable(.credentialScope)) {
            try signer.sign(
                SignableRequest(method: "GET", path: "/"), host: "example.amazonaws.com",
                scope: CredentialScope(region: region, service: service), at: .example, with: .example)
        }
    }

    // MARK: Canonical forms that the suites leave out

    @Test(arguments: [
        ("/a%20b", "/a%20b"), ("/a b", "/a%20b"), ("/%7euser", "/~user"), ("/a%2fb", "/a%2Fb"), ("/%", "/%25"),
        ("/%4", "/%254"), ("/%zz", "/%25zz"), ("/a+b*", "/a%2Bb%2A"), ("//a/./..", "//a/./.."), ("", "/"), ("a", "/a"),
    ])
    func `an S3 path is escaped once and otherwise left alone`(path: String, canonical: String) throws {
        let signed = try sign(
            SignableRequest(method: "GET", path: path), options: SigningOptions(normalizesPath: false))
        #expect(signed.canonicalRequest.split(separator: "\n")[1] == canonical)
    }

    @Test(arguments: [
        ("a=b c", "a=b%20c"), ("a=+", "a=%2B"), ("a=*", "a=%2A"), ("a=%7e", "a=~"), ("a=%2a", "a=%2A"),
        ("a=%", "a=%25"), ("arn=a:b/c", "arn=a%3Ab%2Fc"), ("ü", "%C3%BC="), ("b&a", "a=&b="),
    ])
    func `a query is escaped once, whatever of it was escaped`(query: String, canonical: String) throws {
        let signed = try sign(SignableRequest(method: "GET", path: "/", query: query))
        #expect(signed.canonicalRequest.split(separator: "\n")[2] == canonical)
    }

    @Test func `signed requests print neither token nor signature`() throws {
        let signed = try sign(with: .temporary)
        var dumped = ""
        dump(signed, to: &dumped)
        for text in [String(describing: signed), String(reflecting: signed), dumped] {
            #expect(!text.contains("TOKEN"))
            #expect(!text.contains(signed.signature))
        }
    }

    @Test func `the hash of no bytes is the constant that stands for it`() throws {
        #expect(try SHA256Hash.hexDigest(of: []) == SHA256Hash.hexDigestOfNothing)
        // FIPS 180-2, appendix B.1.
        #expect(
            try SHA256Hash.hexDigest(of: Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @discardableResult
    private func sign(
        _ request: SignableRequest = SignableRequest(method: "GET", path: "/"), options: SigningOptions = .init(),
        with credential: Credential = .example
    ) throws(SigningFailure) -> SignedRequest {
        try Signer(keyring: signer.keyring, options: options).sign(
            request, host: "example.amazonaws.com", scope: .example, at: .example, with: credential)
    }
}

extension Credential {
    static var example: Credential {
        Credential(accessKeyID: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    }

    static var temporary: Credential {
        Credential(accessKeyID: "ASIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token: "TOKEN")
    }
}

extension CredentialScope {
    static let example = CredentialScope(region: "us-east-1", service: "service")
}

extension Timestamp {
    /// 2015-08-30T12:36:00Z, the instant of the official suites.
    static let example = Timestamp(seconds: 1_440_938_160)
}
