import AWSCredentials
import AWSRuntime
import Foundation
import Secrets
import Testing

@Suite struct WebIdentitySourceTests {
    /// An environment with a web identity, and the token's file.
    private static func place(_ more: [String: String] = [:]) throws -> (TemporaryFiles, [String: String]) {
        let files = try TemporaryFiles()
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "\(files.home)/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
            "AWS_REGION": "eu-west-1",
        ]
        return (files, files.environment.merging(environment) { $1 }.merging(more) { $1 })
    }

    private static func source(
        _ environment: [String: String], _ network: ScriptedNetwork, session: RoleSession = RoleSession()
    ) -> EnvironmentWebIdentity {
        EnvironmentWebIdentity(session: session, context: .offline(environment, exchange: network))
    }

    private static let answer = ScriptedNetwork.Answer.ok(STSXML.answer(to: "AssumeRoleWithWebIdentity"))

    @Test func `the token is read anew at each fetch, and the request is not signed`() async throws {
        let (files, environment) = try Self.place(["AWS_ROLE_SESSION_NAME": "pod"])
        let network = ScriptedNetwork(Self.answer)
        let source = Self.source(environment, network)
        for token in ["CANARY.1+/=", "CANARY.2"] {
            try files.write(" \(token)\n", to: "token")
            let fetched = try await source.fetch(for: nil)
            #expect(fetched.credential.accessKeyID == "ASIA1" && fetched.credential.secretText == "CANARY-s")
            #expect(fetched.credential.tokenText == "CANARY-t" && fetched.accountID == "123456789012")
            let request = try #require(network.requests.last)
            #expect(
                request.form == [
                    "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "WebIdentityToken": token,
                    "RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "pod",
                ])
            #expect(request.header("authorization") == nil && request.url.host == "sts.eu-west-1.amazonaws.com")
        }
        #expect(network.requests.count == 2)
    }

    @Test func `the session's settings reach the form, those that this call knows`() async throws {
        let (files, environment) = try Self.place()
        try files.write("CANARY", to: "token")
        var session = RoleSession()
        session.name = SessionTemplate("x-{user}")
        session.policy = #"{"Statement":[]}"#
        session.policyARNs = ["arn:1", "arn:2"]
        session.sourceIdentity = SessionTemplate("{user}")
        let network = ScriptedNetwork(Self.answer)
        let source = Self.source(environment, network, session: session)
        #expect(source.isPersonal)
        _ = try await source.fetch(for: SessionUser(uid: 7, name: "alice"))
        let form = try #require(network.requests.last?.form)
        #expect(form["RoleSessionName"] == "x-alice" && form["Policy"] == #"{"Statement":[]}"#)
        #expect(form["PolicyArns.member.1.arn"] == "arn:1" && form["PolicyArns.member.2.arn"] == "arn:2")
        #expect(form["SourceIdentity"] == nil)
    }

    @Test func `a profile's duration reaches the form`() async throws {
        let (files, environment) = try Self.place()
        try files.write("CANARY", to: "token")
        try files.write(
            """
            [default]
            role_arn = arn:aws:iam::123456789012:role/r
            web_identity_token_file = \(files.home)/token
            duration_seconds = 900
            role_session_name = mine
            """, to: ".aws/config")
        let network = ScriptedNetwork(Self.answer)
        let source = SharedFilesSource(
            SharedFileLocations(environment: environment), context: .offline(environment, exchange: network))
        #expect(try await source.fetch(for: nil).source == "web-identity")
        let form = network.requests.last?.form
        #expect(form?["DurationSeconds"] == "900" && form?["RoleSessionName"] == "mine")
    }

    @Test func `a token's file that is missing, empty or too long is told by its path`() async throws {
        let (files, environment) = try Self.place()
        let source = Self.source(environment, ScriptedNetwork(Self.answer))
        expect(await source.failure(), .unreachable, from: "web-identity", why: "\(files.home)/token: No such file")
        for (text, why) in [("", "token is empty"), (" \n", "token is empty")] {
            try files.write(text, to: "token")
            expect(await source.failure(), .unusable, from: "web-identity", why: why, remedy: "issues the token")
        }
        try files.write(String(repeating: "CANARY", count: 11_000), to: "token")
        expect(await source.failure(), .unreachable, from: "web-identity", why: "longer than 65536 bytes")
    }

    @Test(arguments: [
        (400, "InvalidIdentityToken", CredentialFailure.Kind.unusable), (403, "AccessDenied", .unusable),
        (400, "ExpiredTokenException", .unusable), (400, "IDPCommunicationError", .unreachable),
        (503, "ServiceUnavailable", .unreachable), (400, "Throttling", .unreachable),
    ])
    func `what STS refuses is told by its code`(status: Int, code: String, kind: CredentialFailure.Kind) async throws {
        let (files, environment) = try Self.place()
        try files.write("CANARY.token", to: "token")
        let network = ScriptedNetwork(.status(status, STSXML.refusal(code, "because of CANARY.token it is so")))
        expect(
            await Self.source(environment, network).failure(), kind, from: "web-identity",
            why: "STS AssumeRoleWithWebIdentity of arn:aws:iam::123456789012:role/r refused: \(code): because of…",
            remedy: kind == .unusable ? "trust policy" : "asked again by itself")
    }

    @Test func `half of the settings is a mistake, none is nothing`() async throws {
        let network = ScriptedNetwork(Self.answer)
        expect(
            await Self.source(["AWS_WEB_IDENTITY_TOKEN_FILE": "/t"], network).failure(), .unusable,
            from: "web-identity",
            why: "AWS_ROLE_ARN is not set", remedy: "set AWS_ROLE_ARN")
        expect(
            await Self.source(["AWS_ROLE_ARN": "r"], network).failure(), .absent, from: "web-identity",
            why: "AWS_WEB_IDENTITY_TOKEN_FILE is not set")
        let (_, environment) = try Self.place(["AWS_ROLE_SESSION_NAME": "a b"])
        expect(
            await Self.source(environment, network).failure(), .unusable, from: "web-identity",
            why: "AWS_ROLE_SESSION_NAME is not a session's name")
        let (files, without) = try Self.place(["AWS_REGION": ""])
        try files.write("CANARY", to: "token")
        expect(
            await Self.source(without, network).failure(), .unusable, from: "web-identity", why: "Missing Region",
            remedy: "set AWS_REGION")
        #expect(network.requests.isEmpty)
    }
}

/// Texts as STS writes them.
enum STSXML {
    static func answer(
        to action: String, id: String = "ASIA1", secret: String = "CANARY-s", token: String? = "CANARY-t",
        end: String? = "2030-01-02T03:04:05Z", arn: String = "arn:aws:sts::123456789012:assumed-role/r/s"
    ) -> String {
        """
        <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <\(action)Result>
            <AssumedRoleUser><AssumedRoleId>ARO123:s</AssumedRoleId><Arn>\(arn)</Arn></AssumedRoleUser>
            <Credentials>
              <AccessKeyId>\(id)</AccessKeyId>
              <SecretAccessKey>\(secret)</SecretAccessKey>
              \(token.map { "<SessionToken>\($0)</SessionToken>" } ?? "")
              \(end.map { "<Expiration>\($0)</Expiration>" } ?? "")
            </Credentials>
          </\(action)Result>
          <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
        </\(action)Response>
        """
    }

    static func refusal(_ code: String, _ message: String) -> String {
        """
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <Error><Type>Sender</Type><Code>\(code)</Code><Message>\(message)</Message></Error>
          <RequestId>1</RequestId>
        </ErrorResponse>
        """
    }
}
