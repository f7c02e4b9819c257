import AWSRuntime
import Secrets
import Testing
import Timestamps

@testable import AWSCredentials

@Suite struct STSOperationsTests {
    private static func parsed(_ body: String) throws(MalformedResponse) -> Credential {
        try AssumeRole.parse(HTTPExchangeResponse(status: 200, body: Array(body.utf8)))
    }

    @Test func `an answer is a credential, escapes and blanks aside`() throws {
        let credential = try Self.parsed(
            STSXML.answer(to: "AssumeRole", secret: "s&#43;&amp;/=", token: "<![CDATA[t+/=]]>"))
        #expect(credential.accessKeyID == "ASIA1" && credential.secretText == "s+&/=" && credential.tokenText == "t+/=")
        #expect(credential.expiration?.rfc3339 == "2030-01-02T03:04:05Z" && credential.accountID == "123456789012")
        let web = try AssumeRoleWithWebIdentity.parse(
            HTTPExchangeResponse(status: 200, body: Array(STSXML.answer(to: "AssumeRoleWithWebIdentity").utf8)))
        #expect(web.accessKeyID == "ASIA1")
        #expect(try Self.parsed(STSXML.answer(to: "AssumeRole", token: nil)).tokenText == nil)
        #expect(try Self.parsed(STSXML.answer(to: "AssumeRole", arn: "CANARY")).accountID == nil)
    }

    private static let whole = STSXML.answer(to: "AssumeRole")

    private static let useless: [(String, String)] = [
        (STSXML.answer(to: "AssumeRole", id: ""), "there is no AssumeRoleResult/Credentials/AccessKeyId"),
        (STSXML.answer(to: "AssumeRole", secret: ""), "no AssumeRoleResult/Credentials/SecretAccessKey"),
        (STSXML.answer(to: "AssumeRole", id: "<x>CANARY</x>"), "no AssumeRoleResult/Credentials/AccessKeyId"),
        (STSXML.answer(to: "AssumeRole", id: "CAN ARY"), "AccessKeyId holds a character"),
        (STSXML.answer(to: "AssumeRole", secret: "CAN\nARY"), "SecretAccessKey holds a character"),
        (STSXML.answer(to: "AssumeRole", token: "CANARYé"), "SessionToken holds a character"),
        (STSXML.answer(to: "AssumeRole", end: nil), "no Expiration"),
        (STSXML.answer(to: "AssumeRole", end: "CANARY"), "no Expiration"),
        (STSXML.answer(to: "AssumeRole", end: "1893553445"), "no Expiration"),
        (STSXML.answer(to: "AssumeRoleWithSAML"), "no Expiration"), ("<AssumeRoleResponse/>", "no Expiration"),
        ("<!DOCTYPE x [<!ENTITY k 'CANARY'>]>\(whole)", "not the XML of STS"),
        (String(repeating: "<x>", count: 40) + "CANARY", "not the XML of STS"),
        (String(whole.dropLast(3)), "not the XML of STS"),
        (#"{"AssumeRoleResult":{"Credentials":"CANARY"}}"#, "not the XML of STS"), ("", "not the XML of STS"),
        (String(repeating: "<a>CANARY</a>", count: 80_000), "not the XML of STS"),
        ("<r>" + String(repeating: "<a/>", count: 262_144) + "</r>", "not the XML of STS"),
        ("<r>" + String(repeating: "CANARY", count: 174_763) + "</r>", "no Expiration"),
    ]

    @Test(arguments: useless)
    func `an answer without credentials is none, and is not repeated`(body: String, why: String) {
        let failure = #expect(throws: MalformedResponse.self) { try Self.parsed(body) }
        #expect(failure?.reason.contains(why) == true, "\(String(describing: failure))")
        #expect(failure?.reason.contains("CANARY") == false)
    }

    private static let refusals: [(Int, String, String, String?)] = [
        (403, STSXML.refusal("AccessDenied", "not &amp; allowed"), "AccessDenied", "not & allowed"),
        (400, STSXML.refusal("", ""), "", ""), (500, "", "500", "Internal Server Error"),
        (502, "<html><body>x", "502", "Bad Gateway"),
        (400, #"{"__type":"x#Denied","message":"m"}"#, "Denied", "m"), (400, "<!DOCTYPE a><Error/>", "400", nil),
    ]

    @Test(arguments: refusals)
    func `a refusal has a code and a message, in whatever form it comes`(
        status: Int, body: String, code: String, message: String?
    ) {
        let error = AssumeRole.parseRefusal(
            HTTPExchangeResponse(status: status, body: Array(body.utf8)), at: Timestamp(seconds: 0))
        #expect(error.code == code && error.httpStatus == status, "\(error)")
        if let message { #expect(error.message == message) }
    }

    @Test(arguments: [
        ("ExpiredToken", true), ("ExpiredTokenException", true), ("TokenRefreshRequired", true),
        ("InvalidClientTokenId", true),
        ("UnrecognizedClientException", true), ("InvalidAccessKeyId", true), ("InvalidToken", true),
        ("AccessDenied", false), ("SignatureDoesNotMatch", false), ("Throttling", false), ("expiredtoken", false),
    ])
    func `only what says that the keys are not taken has them renewed`(code: String, isRefused: Bool) {
        let error = AssumeRole.parseRefusal(
            HTTPExchangeResponse(status: 403, body: Array(STSXML.refusal(code, "m").utf8)), at: Timestamp(seconds: 0))
        #expect(AWSCallFailure(cause: .service(error), attempts: 1).refusesCredential == isRefused)
        #expect(!AWSCallFailure(cause: .deadline, attempts: 1).refusesCredential)
    }
}
