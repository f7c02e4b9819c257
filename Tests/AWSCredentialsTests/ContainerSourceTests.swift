import AWSCredentials
import AWSRuntime
import Secrets
import Testing
import Timestamps

@Suite struct ContainerSourceTests {
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let token = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
    private static let tokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
    private static let answer = ScriptedNetwork.Answer.ok(
        #"{"AccessKeyId":"ASIA1","SecretAccessKey":"CANARY-s","Token":"CANARY-t","Expiration":"2030-01-02T03:04:05Z","RoleArn":"x","AccountId":"123456789012"}"#
    )

    private static func source(_ environment: [String: String], _ network: ScriptedNetwork) -> ContainerSource {
        ContainerSource(context: .offline(environment, exchange: network))
    }

    @Test func `the agent's answer is a credential`() async throws {
        let network = ScriptedNetwork(Self.answer)
        let fetched = try await Self.source([Self.relative: "/v2/x?id=1"], network).fetch(for: nil)
        #expect(fetched.credential.accessKeyID == "ASIA1" && fetched.credential.secretText == "CANARY-s")
        #expect(fetched.credential.tokenText == "CANARY-t" && fetched.accountID == "123456789012")
        #expect(fetched.credential.expiration?.rfc3339 == "2030-01-02T03:04:05Z" && fetched.source == "container")
        let request = try #require(network.requests.first)
        #expect(request.absoluteURL == "http://169.254.170.2/v2/x?id=1" && request.header("authorization") == nil)
    }

    @Test func `the token's file beats the token, and is read anew each time`() async throws {
        let files = try TemporaryFiles()
        let network = ScriptedNetwork(Self.answer)
        var environment = [Self.full: "http://169.254.170.23/v1", Self.token: "Basic CANARY-env"]
        _ = try await Self.source(environment, network).fetch(for: nil)
        environment[Self.tokenFile] = "\(files.home)/token"
        let source = Self.source(environment, network)
        for text in ["CANARY-1", "CANARY-2"] {
            try files.write("\(text)\n", to: "token")
            _ = try await source.fetch(for: nil)
        }
        #expect(network.requests.map { $0.header("authorization") } == ["Basic CANARY-env", "CANARY-1", "CANARY-2"])
    }

    @Test(arguments: ["CANARY\r\nX-Evil: 1", "CANARY\nX", "CANARY\rX", "CANARY\u{0}", "CANARY\u{7F}", "CANARYé"])
    func `a token that would be more than a header's value is refused`(text: String) async throws {
        let files = try TemporaryFiles()
        try files.write(text, to: "token")
        let network = ScriptedNetwork(Self.answer)
        for more in [[Self.token: text], [Self.tokenFile: "\(files.home)/token"]] {
            let environment = more.merging([Self.full: "http://127.0.0.1/"]) { $1 }
            expect(
                await Self.source(environment, network).failure(), .unusable, from: "container",
                why: "the authorization token holds a line break")
        }
        #expect(network.requests.isEmpty)
    }

    @Test func `a token's file that is missing or empty is told by its path, and nobody is asked without one`()
        async throws
    {
        let files = try TemporaryFiles()
        let network = ScriptedNetwork(Self.answer)
        let environment = [
            Self.full: "http://127.0.0.1/", Self.tokenFile: "\(files.home)/token", Self.token: "CANARY",
        ]
        expect(
            await Self.source(environment, network).failure(), .unreachable, from: "container", why: "No such file",
            remedy: Self.tokenFile)
        try files.write("\n", to: "token")
        expect(await Self.source(environment, network).failure(), .unusable, from: "container", why: "token is empty")
        #expect(network.requests.isEmpty)
    }

    @Test(arguments: [
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/"], "plain http to a host"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.3/"], "plain http to a host"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.169.254/"], "plain http to a host"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1.example.com/"], "plain http to a host"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1@CANARY/"], "not a URL with a host"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "CANARY"], "not a URL with a host"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/a b"], "not a URL with a host"),
        (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/?a\r\nX: CANARY"], "no URL has"),
        (["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "CANARY"], "does not begin with /"),
        (["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "@CANARY/"], "does not begin with /"),
    ])
    func `an address that is none of an agent's is refused`(environment: [String: String], why: String) async {
        let network = ScriptedNetwork(Self.answer)
        expect(await Self.source(environment, network).failure(), .unusable, from: "container", why: why)
        #expect(network.requests.isEmpty)
    }

    @Test func `without an address nothing is configured`() async {
        expect(
            await Self.source(["AWS_CONTAINER_AUTHORIZATION_TOKEN": "CANARY"], ScriptedNetwork(Self.answer)).failure(),
            .absent, from: "container", why: "is set")
    }

    private static let refusals: [(Int, String, CredentialFailure.Kind, String, Int)] = [
        (400, #"{"code":"InvalidToken","message":"bad CANARY-token"}"#, .unusable, "InvalidToken: bad…", 1),
        (403, #"{"message":"no"}"#, .unusable, "403: no", 1), (404, "gone", .unusable, "404: gone", 1),
        (500, #"{"code":"InternalServerException","message":"later"}"#, .unreachable, "later", 3),
        (503, "", .unreachable, "503: Service Unavailable", 3),
        (400, #"{"code":"ThrottlingException"}"#, .unreachable, "Throttling", 3),
        (200, "CANARY", .unreachable, "answered what cannot be used: the body is not a JSON object", 1),
        (200, #"{"Code":"x","Message":"CANARY"}"#, .unreachable, "no Expiration", 1),
        (200, #"{"AccessKeyId":"A","SecretAccessKey":"CANARY"}"#, .unreachable, "no Expiration", 1),
        (200, #"{"SecretAccessKey":"CANARY","Expiration":"2030-01-02T03:04:05Z"}"#, .unreachable, "no AccessKeyId", 1),
    ]

    @Test(arguments: refusals)
    func `what the agent refuses is told, and asked again where that may help`(
        status: Int, body: String, kind: CredentialFailure.Kind, why: String, requests: Int
    ) async {
        let network = ScriptedNetwork(.status(status, body))
        let environment = [Self.full: "http://127.0.0.1:9/x", Self.token: "CANARY-token"]
        expect(
            await Self.source(environment, network).failure(), kind, from: "container", why: why,
            remedy: "a role and that its agent runs")
        #expect(network.requests.count == requests)
    }

    @Test func `an agent that hesitates is asked again`() async throws {
        let network = ScriptedNetwork(.status(500), .failing(.connectionClosed), Self.answer)
        #expect(try await Self.source([Self.relative: "/"], network).credential().accessKeyID == "ASIA1")
        #expect(network.requests.count == 3)
    }
}
