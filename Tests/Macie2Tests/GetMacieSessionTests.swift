import AWSRuntime
import JSONText
import Macie2
import TestSupport
import Testing
import Timestamps

@Suite struct GetMacieSessionTests {
    private static let full = MacieSession(
        createdAt: Timestamp(seconds: 1_606_948_781, nanoseconds: 930_000_000),
        findingPublishingFrequency: "SIX_HOURS", serviceRole: "arn:aws:iam::123456789012:role/r", status: "PAUSED",
        updatedAt: Timestamp(seconds: 1_709_251_199))

    @Test func `the operation is the service model's`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("macie2-get-session-model.json")
        let model = try JSONValue(parsing: bytes, rules: .lenientAWS)
        let service = GetMacieSession.service
        #expect(service.signingName == model["metadata"]?["signingName"]?.string)
        #expect(service.endpointPrefix == model["metadata"]?["endpointPrefix"]?.string)
        #expect(service.sdkID == model["metadata"]?["serviceId"]?.string)

        let operation = try #require(model["operations"]?[GetMacieSession.name])
        let request = GetMacieSession().request
        #expect(request.method == operation["http"]?["method"]?.string)
        #expect(request.path == operation["http"]?["requestUri"]?.string)
        #expect(request.headers.isEmpty && request.body.isEmpty && request.query.isEmpty)

        let output = try #require(operation["output"]?["shape"]?.string)
        let members = try #require(model["shapes"]?[output]?["members"]?.object).members.map(\.name)
        #expect(Self.full.json.members.map(\.name) == members)

        let errors = try #require(operation["errors"]?.array).compactMap { $0["shape"]?.string }
        #expect(Set(errors) == Set(GetMacieSession.Exception.allCases.map(\.rawValue)))
        for exception in GetMacieSession.Exception.allCases {
            let status = model["shapes"]?[exception.rawValue]?["error"]?["httpStatusCode"]?.integer
            #expect(status.map { Int($0) } == exception.httpStatus, "\(exception)")
        }
    }

    @Test func `a session is written with AWS's members and UTC times`() {
        let text = JSONValue.object(Self.full.json).text
        #expect(
            text == """
                {"createdAt":"2020-12-02T22:39:41.930Z","findingPublishingFrequency":"SIX_HOURS",\
                "serviceRole":"arn:aws:iam::123456789012:role/r","status":"PAUSED","updatedAt":"2024-02-29T23:59:59Z"}
                """)
    }

    @Test func `what AWS left out is absent`() {
        #expect(JSONValue.object(MacieSession(status: "ENABLED").json).text == #"{"status":"ENABLED"}"#)
        #expect(JSONValue.object(MacieSession().json).text == "{}")
    }

    @Test func `an empty body is a session of which AWS said nothing`() throws {
        #expect(try GetMacieSession.parse(HTTPExchangeResponse(status: 200)) == MacieSession())
    }

    @Test func `a malformed answer is told without its text`() {
        let response = HTTPExchangeResponse(status: 200, body: Array(#"{"status":"SECRET"#.utf8))
        #expect(throws: MalformedResponse(reason: "the body is not JSON: the text ends too early at byte 17")) {
            try GetMacieSession.parse(response)
        }
    }
}
