import AWSCredentials
import AWSRuntime
import Secrets
import Testing
import Timestamps

@Suite struct RoleSourceTests {
    private let clock = SettableClock()

    private func assumed(
        _ role: RoleSettings, with base: any CredentialSource, over network: any HTTPExchange
    ) -> any CredentialSource {
        let context = SourceContext.offline(["AWS_REGION": "eu-west-1"], exchange: network, clock: clock.clock())
        return RoleSource(role, with: base, context: context)
    }

    private static let answer = ScriptedNetwork.Answer.ok(STSXML.answer(to: "AssumeRole"))

    @Test func `every setting reaches the form`() async throws {
        var session = RoleSession()
        session.name = SessionTemplate("macie-{user}")
        session.sourceIdentity = SessionTemplate("{user}@host")
        session.tags = [
            .init(
                key: "local user", value: try #require(SessionTemplate("{user}", atMost: SessionTemplate.longestTag))),
            .init(key: "uid", value: try #require(SessionTemplate("{uid}", atMost: SessionTemplate.longestTag))),
        ]
        session.policy = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"macie2:*"}]}"#
        session.policyARNs = ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"]
        let role = RoleSettings(
            arn: "arn:aws:iam::123456789012:role/auditor", externalID: "a+b/c=&d", durationSeconds: 3_600,
            session: session)
        let network = ScriptedNetwork(Self.answer)
        let source = assumed(role, with: ScriptedSource(.keys(lifetime: nil, id: "BASE"), clock: clock), over: network)
        #expect(source.isPersonal)
        let fetched = try await source.fetch(for: SessionUser(uid: 1_000, name: "alice"))
        #expect(fetched.credential.accessKeyID == "ASIA1" && fetched.accountID == "123456789012")
        #expect(fetched.credential.tokenText == "CANARY-t" && fetched.source == "assume-role")
        let request = try #require(network.requests.first)
        #expect(
            request.form == [
                "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": role.arn,
                "RoleSessionName": "macie-alice", "ExternalId": "a+b/c=&d", "DurationSeconds": "3600",
                "SourceIdentity": "alice@host", "Policy": session.policy ?? "",
                "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/A",
                "PolicyArns.member.2.arn": "arn:aws:iam::aws:policy/B",
                "Tags.member.1.Key": "local user", "Tags.member.1.Value": "alice",
                "Tags.member.2.Key": "uid", "Tags.member.2.Value": "1000",
            ])
        #expect(
            request.header("authorization")?.contains("Credential=BASE/20270115/eu-west-1/sts/aws4_request") == true)
        #expect(request.header("user-agent") == "test" && request.absoluteURL == "https://sts.eu-west-1.amazonaws.com/")
    }

    @Test func `what is not set is not sent, and the broker's own session has its name`() async throws {
        let network = ScriptedNetwork(Self.answer)
        let source = assumed(
            RoleSettings(arn: "arn:r"), with: ScriptedSource(.keys(lifetime: nil), clock: clock), over: network)
        #expect(!source.isPersonal)
        _ = try await source.fetch(for: SessionUser(uid: 1, name: "alice"))
        #expect(
            network.requests.first?.form == [
                "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": "arn:r", "RoleSessionName": "macie-broker",
            ])
    }

    @Test(arguments: ["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"])
    func `keys that AWS does not take are renewed once, and the role is asked for again`(code: String) async throws {
        let base = ScriptedSource(.keys(lifetime: nil, id: "OLD"), clock: clock)
        let network = ScriptedNetwork { [clock] request, number in
            guard request.header("authorization")?.contains("Credential=OLD/") == true else { return Self.answer }
            base.answer(.keys(lifetime: nil, id: "FRESH"))
            _ = clock
            return .status(403, STSXML.refusal(code, "no"))
        }
        let source = assumed(RoleSettings(arn: "arn:r"), with: base, over: network)
        #expect(try await source.credential().accessKeyID == "ASIA1")
        #expect(network.requests.count == 2 && base.fetches == 2)
    }

    @Test func `keys that stay what they are are not tried again`() async throws {
        let base = ScriptedSource(.keys(lifetime: nil, id: "OLD"), clock: clock)
        let network = ScriptedNetwork(.status(403, STSXML.refusal("InvalidClientTokenId", "no")))
        let source = assumed(RoleSettings(arn: "arn:r"), with: base, over: network)
        expect(
            await source.failure(), .unusable, from: "assume-role",
            why: "STS AssumeRole of arn:r refused: InvalidClientTokenId: no", remedy: "trust policy")
        #expect(network.requests.count == 1 && base.fetches == 2)
    }

    @Test func `the second refusal is the last`() async throws {
        let base = ScriptedSource(.keys(lifetime: nil, id: "K1"), clock: clock)
        let network = ScriptedNetwork { _, number in
            base.answer(.keys(lifetime: nil, id: "K\(number + 2)"))
            return .status(403, STSXML.refusal("ExpiredToken", "no"))
        }
        let source = assumed(RoleSettings(arn: "arn:r"), with: base, over: network)
        expect(await source.failure(), .unusable, from: "assume-role", why: "ExpiredToken")
        #expect(network.requests.count == 2 && base.fetches == 2)
    }

    @Test(arguments: [
        (403, "AccessDenied", CredentialFailure.Kind.unusable, 1), (400, "MalformedPolicyDocument", .unusable, 1),
        (400, "ValidationError", .unusable, 1), (400, "RegionDisabledException", .unusable, 1),
        (503, "ServiceUnavailable", .unreachable, 3), (400, "Throttling", .unreachable, 3),
    ])
    func `what STS refuses is told by its code`(
        status: Int, code: String, kind: CredentialFailure.Kind, requests: Int
    ) async throws {
        let network = ScriptedNetwork(.status(status, STSXML.refusal(code, "since so it is")))
        let base = ScriptedSource(.keys(lifetime: nil), clock: clock)
        expect(
            await assumed(RoleSettings(arn: "arn:r"), with: base, over: network).failure(), kind, from: "assume-role",
            why: "STS AssumeRole of arn:r refused: \(code): since so it is")
        #expect(network.requests.count == requests && base.fetches == 1)
    }

    @Test func `a base that has nothing is a mistake, and one that is down is down`() async throws {
        let network = ScriptedNetwork(Self.answer)
        for (kind, told) in [
            (CredentialFailure.Kind.absent, CredentialFailure.Kind.unusable), (.unusable, .unusable),
            (.unreachable, .unreachable),
        ] {
            let base = ScriptedSource(.fail(kind), clock: clock)
            expect(
                await assumed(RoleSettings(arn: "arn:r"), with: base, over: network).failure(), told, from: "scripted",
                why: "it was told to")
        }
        #expect(network.requests.isEmpty)
    }

    @Test func `a base is kept between fetches, and let go of when everything is dropped`() async throws {
        let base = ScriptedSource(.keys(lifetime: nil), clock: clock)
        let source = assumed(RoleSettings(arn: "arn:r"), with: base, over: ScriptedNetwork(Self.answer))
        _ = try await source.fetch(for: nil)
        _ = try await source.fetch(for: nil)
        #expect(base.fetches == 1)
        source.forget()
        _ = try await source.fetch(for: nil)
        #expect(base.fetches == 2)
        let environment = StartEnvironment(["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "CANARY"])
        let ofEnvironment = assumed(
            RoleSettings(arn: "arn:r"), with: environment.keys, over: ScriptedNetwork(Self.answer))
        _ = try await ofEnvironment.fetch(for: nil)
        ofEnvironment.drop()
        expect(await ofEnvironment.failure(), .unusable, from: "environment", why: "were dropped")
    }

    @Test func `a chain of roles ends in the session that the configuration names`() async throws {
        let files = try TemporaryFiles(
            config: """
                [profile a]
                role_arn = arn:a
                source_profile = b
                role_session_name = of-the-file
                external_id = x
                duration_seconds = 900
                [profile b]
                role_arn = arn:b
                source_profile = keys
                [profile keys]
                aws_access_key_id = AK
                aws_secret_access_key = CANARY
                """)
        let network = ScriptedNetwork { request, number in
            .ok(STSXML.answer(to: "AssumeRole", id: "ASIA\(number)"))
        }
        var session = RoleSession()
        session.name = SessionTemplate("{user}")
        var locations = SharedFileLocations(environment: files.environment)
        locations.profile = "a"
        let source = SharedFilesSource(
            locations, session: session,
            context: .offline(
                files.environment.merging(["AWS_REGION": "eu-west-1"]) { $1 }, exchange: network, clock: clock.clock()))
        #expect(source.isPersonal)
        for name in ["alice", "bob"] {
            #expect(try await source.fetch(for: SessionUser(uid: 1, name: name)).source == "assume-role")
        }
        let forms = network.requests.map(\.form)
        // The middle of the chain is assumed once, for both.
        #expect(forms.map { $0["RoleArn"] } == ["arn:b", "arn:a", "arn:a"])
        #expect(forms.map { $0["RoleSessionName"] } == ["macie-broker", "alice", "bob"])
        #expect(forms[1]["ExternalId"] == "x" && forms[1]["DurationSeconds"] == "900")
        #expect(network.requests[2].header("authorization")?.contains("Credential=ASIA0/") == true)
    }
}
