import AWSSigning
import Secrets
import Testing
import Timestamps

@Suite struct SignatureVerificationTests {
    private let credential = Credential.temporary
    private let verification = SignatureVerification(scope: .example, keyring: SigningKeyring())

    @Test(
        arguments: [
            SignableRequest(method: "GET", path: "/macie"),
            SignableRequest(method: "POST", path: "/a b/%2F", query: "b=2&a=1&a=0", body: Array("{}".utf8)),
            SignableRequest(method: "GET", path: "/", headers: [("A", " 1 "), ("a", "2"), ("X-Amz-Meta", "\"a  b\"")]),
            SignableRequest(
                method: "PUT", path: "/", headers: [("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")], body: [1]),
        ], [true, false])
    func `what the signer signs is valid`(request: SignableRequest, signsBody: Bool) throws {
        let received = try signed(request, options: SigningOptions(signsBody: signsBody))
        #expect(try verdict(on: received) == .valid(accessKeyID: "ASIDEXAMPLE"))
    }

    @Test func `all of the signed parts are checked`() throws {
        let good = try signed(
            SignableRequest(method: "POST", path: "/macie", query: "a=1", headers: [("X-Amz-Meta", "1")], body: [1]))
        let alterations: [(inout SignableRequest) -> Void] = [
            { $0.method = "PUT" }, { $0.path = "/macie2" }, { $0.query = "a=2" }, { $0.body = [2] },
            { $0.set("Host", "evil.example") }, { $0.set("X-Amz-Meta", "2") },
            { $0.headers.append(("X-Amz-Meta", "2")) }, { $0.headers.removeAll { $0.name == "X-Amz-Meta" } },
        ]
        for (number, alter) in alterations.enumerated() {
            var request = good
            alter(&request)
            guard case .signatureDoesNotMatch(let canonicalRequest, let stringToSign) = try verdict(on: request) else {
                Issue.record("alteration \(number) was not noticed")
                continue
            }
            #expect(canonicalRequest.hasPrefix(request.method + "\n"))
            #expect(stringToSign.hasPrefix("AWS4-HMAC-SHA256\n20150830T123600Z\n"))
        }
    }

    @Test func `a wrong secret, and a signature cut short or altered, do not match`() throws {
        let good = try signed(SignableRequest(method: "GET", path: "/"))
        let authorization = try #require(good.headers.last?.value)
        for altered in [String(authorization.dropLast()), authorization.dropLast() + "g", authorization + "0"] {
            var request = good
            request.set("Authorization", altered)
            #expect(isMismatch(try verdict(on: request)))
        }
        let other = Credential(accessKeyID: "ASIDEXAMPLE", secret: "another", token: "TOKEN")
        #expect(isMismatch(try verdict(on: good, knowing: other)))
    }

    @Test func `without an Authorization header there is nothing to check`() throws {
        #expect(try verdict(on: SignableRequest(method: "GET", path: "/")) == .missing)
    }

    @Test(arguments: [
        "", "Bearer abc", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request",
        "AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=host, Signature=",
        "AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=host, Signature=0, More=1",
        "AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=host, Signature=0, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20150830/r/s, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws5_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential, SignedHeaders=host, Signature=0",
    ])
    func `an Authorization header that says too little or too much is incomplete`(text: String) throws {
        var request = try signed(SignableRequest(method: "GET", path: "/"))
        request.set("Authorization", text)
        #expect(isIncomplete(try verdict(on: request)))
    }

    @Test(arguments: ["", "2015-08-30T12:36:00Z", "20150830T123600", "20150830", "yesterday"])
    func `a date that is not in the signed form is incomplete`(date: String) throws {
        var request = try signed(SignableRequest(method: "GET", path: "/"))
        request.set("X-Amz-Date", date)
        #expect(isIncomplete(try verdict(on: request)))
    }

    @Test(arguments: ["Authorization", "X-Amz-Date"])
    func `two of a header that can be there only once are incomplete`(name: String) throws {
        var request = try signed(SignableRequest(method: "GET", path: "/"))
        request.headers.append((name, "again"))
        #expect(isIncomplete(try verdict(on: request)))
    }

    @Test func `a key that nobody knows is told by its id`() throws {
        let request = try signed(SignableRequest(method: "GET", path: "/"))
        let verdict = try verification.verdict(on: request, at: .example) { _ in nil }
        #expect(verdict == .unknownKey(accessKeyID: "ASIDEXAMPLE"))
    }

    @Test func `the session token must be the credential's own`() throws {
        let good = try signed(SignableRequest(method: "GET", path: "/"))
        var request = good
        request.set("X-Amz-Security-Token", "OTHER")
        #expect(try verdict(on: request) == .wrongSessionToken)
        request.headers.removeAll { $0.name == "X-Amz-Security-Token" }
        #expect(try verdict(on: request) == .wrongSessionToken)
        let lasting = Credential(accessKeyID: "ASIDEXAMPLE", secret: "s")
        #expect(try verdict(on: good, knowing: lasting) == .wrongSessionToken)
    }

    @Test func `a signature for another region, service or day is out of scope`() throws {
        for scope in [
            CredentialScope(region: "eu-west-1", service: "service"),
            CredentialScope(region: "us-east-1", service: "s3"),
        ] {
            let request = try signed(SignableRequest(method: "GET", path: "/"), scope: scope)
            #expect(isOutOfScope(try verdict(on: request)))
        }
        var request = try signed(SignableRequest(method: "GET", path: "/"))
        request.set("X-Amz-Date", "20150831T000000Z")
        #expect(isOutOfScope(try verdict(on: request)))
    }

    @Test func `a signature is valid for five minutes around its time`() throws {
        let request = try signed(SignableRequest(method: "GET", path: "/"))
        func verdict(after seconds: Double) throws -> SignatureVerification.Verdict {
            try self.verdict(on: request, at: .example.adding(seconds: seconds))
        }
        #expect(try verdict(after: 300) == .valid(accessKeyID: "ASIDEXAMPLE"))
        #expect(try verdict(after: 301) == .expired(signedAt: .example))
        #expect(try verdict(after: -300) == .valid(accessKeyID: "ASIDEXAMPLE"))
        #expect(try verdict(after: -301) == .notYetCurrent(signedAt: .example))
    }

    @Test func `a header of AWS's that is not signed is told by its name`() throws {
        var request = try signed(SignableRequest(method: "GET", path: "/"))
        request.headers.append(("X-Amz-Extra", "1"))
        #expect(try verdict(on: request) == .unsignedHeader(name: "x-amz-extra"))
        request.headers.removeLast()
        let authorization = try #require(request.headers.last?.value)
        request.set("Authorization", authorization.replacing("host;", with: ""))
        #expect(try verdict(on: request) == .unsignedHeader(name: "host"))
    }

    @Test func `other headers need not be signed, proxies add them`() throws {
        var request = try signed(SignableRequest(method: "GET", path: "/"))
        request.headers.append(("Via", "1.1 proxy"))
        #expect(try verdict(on: request) == .valid(accessKeyID: "ASIDEXAMPLE"))
    }

    @Test func `a body other than the one whose hash was signed is noticed`() throws {
        var request = try signed(
            SignableRequest(method: "POST", path: "/", body: [1]), options: SigningOptions(signsBody: true))
        request.body = [2]
        #expect(try verdict(on: request) == .wrongBody)
    }

    private func signed(
        _ request: SignableRequest, options: SigningOptions = .init(), scope: CredentialScope = .example
    ) throws -> SignableRequest {
        let signed = try Signer(keyring: SigningKeyring(), options: options).sign(
            request, host: "example.amazonaws.com", scope: scope, at: .example, with: credential)
        var received = request
        received.headers += signed.addedHeaders
        return received
    }

    private func verdict(
        on request: SignableRequest, at now: Timestamp = .example, knowing known: Credential? = nil
    ) throws -> SignatureVerification.Verdict {
        try verification.verdict(on: request, at: now) { $0 == credential.accessKeyID ? known ?? credential : nil }
    }

    private func isMismatch(_ verdict: SignatureVerification.Verdict) -> Bool {
        if case .signatureDoesNotMatch = verdict { true } else { false }
    }

    private func isIncomplete(_ verdict: SignatureVerification.Verdict) -> Bool {
        if case .incomplete = verdict { true } else { false }
    }

    private func isOutOfScope(_ verdict: SignatureVerification.Verdict) -> Bool {
        if case .wrongScope = verdict { true } else { false }
    }
}

extension SignableRequest {
    fileprivate mutating func set(_ name: String, _ value: String) {
        for index in headers.indices where headers[index].name == name { headers[index].value = value }
    }
}
