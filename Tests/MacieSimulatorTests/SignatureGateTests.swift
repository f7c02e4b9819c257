import JSONText
import MacieSimulator
import NIOHTTP1
import Secrets
import Testing
import Timestamps

/// Requests that are really signed and really altered, over a socket.
@Suite(.timeLimit(.minutes(1))) struct SignatureGateTests {
    struct Alteration: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: String
        let message: String
        let request: @Sendable () throws -> SignedGet

        init(_ name: String, _ code: String, _ message: String, _ request: @escaping @Sendable () throws -> SignedGet) {
            (testDescription, self.code, self.message, self.request) = (name, code, message, request)
        }

        init(_ name: String, altering alter: @escaping @Sendable (inout SignedGet) -> Void) {
            self.init(name, "InvalidSignatureException", "The request signature we calculated does not match") {
                var request = try SignedGet(headers: [("X-Amz-Note", "as signed")])
                alter(&request)
                return request
            }
        }
    }

    private static let invalidToken = "The security token included in the request is invalid."

    static let alterations: [Alteration] = [
        Alteration(
            "the last digit of the signature",
            altering: {
                let authorization = $0[header: "Authorization"] ?? ""
                $0[header: "Authorization"] = authorization.dropLast() + (authorization.hasSuffix("0") ? "1" : "0")
            }),
        Alteration("no signature at all", "IncompleteSignatureException", "'Signature'") {
            var request = try SignedGet()
            request[header: "Authorization"] = request[header: "Authorization"]?.replacing(/, Signature=.*/, with: "")
            return request
        },
        Alteration("a signed header's value", altering: { $0[header: "X-Amz-Note"] = "altered" }),
        Alteration("a signed header taken out", altering: { $0[header: "X-Amz-Note"] = nil }),
        Alteration("a signed header doubled", altering: { $0.headers.append(("X-Amz-Note", "as signed")) }),
        Alteration("the host", altering: { $0[header: "Host"] = "elsewhere" }),
        Alteration("the method", altering: { $0.method = "PUT" }),
        Alteration("the path", altering: { $0.target = "/macie/" }),
        Alteration("the query", altering: { $0.target = "/macie?a=b" }),
        Alteration("the body", altering: { $0.body = [1] }),
        Alteration(
            "the body's hash",
            altering: {
                $0[header: "X-Amz-Content-SHA256"] = String(repeating: "0", count: 64)
            }),
        Alteration("a body where none was signed, its hash not sent", "InvalidSignatureException", "we calculated") {
            var request = try SignedGet(signsBody: false)
            request.body = [1]
            return request
        },
        Alteration("an x-amz header that is not signed", "InvalidSignatureException", "'x-amz-extra' must be") {
            var request = try SignedGet()
            request[header: "X-Amz-Extra"] = "1"
            return request
        },
        Alteration("a wrong secret", "InvalidSignatureException", "The request signature we calculated") {
            try SignedGet(.make("AKIDEXAMPLE", secret: "wrong"))
        },
        Alteration("an unknown key", "UnrecognizedClientException", invalidToken) {
            try SignedGet(.make("AKIDUNKNOWN", secret: "any"))
        },
        Alteration("no Authorization", "MissingAuthenticationTokenException", "Missing Authentication Token") {
            var request = try SignedGet()
            request[header: "Authorization"] = nil
            return request
        },
        Alteration("an Authorization of another kind", "IncompleteSignatureException", "Authorization") {
            var request = try SignedGet()
            request[header: "Authorization"] = "Basic Y2FuYXJ5"
            return request
        },
        Alteration("an altered session token", "UnrecognizedClientException", invalidToken) {
            var request = try SignedGet(.temporary)
            request[header: "X-Amz-Security-Token"] = "canary-Token"
            return request
        },
        Alteration("a wrong session token, rightly signed", "UnrecognizedClientException", invalidToken) {
            try SignedGet(.make("ASIAEXAMPLE", secret: Credential.temporarySecret, token: "wrong"))
        },
        Alteration("no session token", "UnrecognizedClientException", invalidToken) {
            try SignedGet(.make("ASIAEXAMPLE", secret: Credential.temporarySecret))
        },
        Alteration("another region", "InvalidSignatureException", "Credential should be scoped to a valid region") {
            try SignedGet(region: "eu-west-1")
        },
        Alteration("another service", "InvalidSignatureException", "Credential should be scoped to correct service") {
            try SignedGet(service: "iam")
        },
        Alteration("another day in the scope", "InvalidSignatureException", "Date in Credential scope does not match") {
            var request = try SignedGet()
            let authorization = request[header: "Authorization"] ?? ""
            request[header: "Authorization"] = authorization.replacing("20150830/", with: "20150829/")
            return request
        },
        Alteration(
            "a date five minutes and a second ago", "InvalidSignatureException",
            "Signature expired: 20150830T123059Z is now earlier than 20150830T123100Z (20150830T123600Z - 5 min.)"
        ) { try SignedGet(at: SignedGet.signedAt.adding(seconds: -301)) },
        Alteration(
            "a date in five minutes and a second", "InvalidSignatureException",
            "Signature not yet current: 20150830T124101Z is still later than 20150830T124100Z (20150830T123600Z + 5 min.)"
        ) { try SignedGet(at: SignedGet.signedAt.adding(seconds: 301)) },
    ]

    @Test(arguments: alterations) func `an altered request is refused in AWS's own shape`(_ alteration: Alteration)
        async throws
    {
        try await withSimulator { simulator in
            let answer = try await simulator.answer(to: alteration.request())
            #expect(answer.status == 403)
            #expect(answer.headers["x-amzn-ErrorType"] == [alteration.code])
            #expect(answer.headers["Content-Type"] == ["application/json"])
            let body = try #require(JSONValue(parsing: answer.body).object)
            #expect(body.members.map(\.name) == ["message"])
            let message = try #require(body["message"]?.string)
            #expect(message.contains(alteration.message), "\(message)")
            #expect(!message.contains("canary"))
            #expect(simulator.calls == CallCount(calls: 1, refused: 1))
        }
    }

    @Test(arguments: [-300.0, -299, 0, 299, 300]) func `five minutes either way are forgiven`(skew: Double) async throws
    {
        try await withSimulator { simulator in
            let answer = try await simulator.answer(to: SignedGet(at: SignedGet.signedAt.adding(seconds: skew)))
            #expect(answer.status == 200)
        }
    }

    @Test(arguments: ["us-east-1", "eu-west-1"]) func `several keys and regions are known`(region: String) async throws
    {
        try await withSimulator(regions: ["us-east-1", "eu-west-1"]) { simulator in
            for credential in [Credential.example, .temporary] {
                #expect(try await simulator.answer(to: SignedGet(credential, region: region)).status == 200)
                let unhashed = try SignedGet(credential, region: region, signsBody: false)
                #expect(try await simulator.answer(to: unhashed).status == 200)
            }
            #expect(simulator.calls == CallCount(calls: 4, refused: 0))
        }
    }
}
