import AWSCredentials
import AWSRuntime
import Secrets
import Testing

@Suite struct InstanceMetadataSourceTests {
    private static let keys =
        #"{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIA1","SecretAccessKey":"CANARY-s","Token":"CANARY-t","Expiration":"2030-01-02T03:04:05Z"}"#

    private static func source(_ network: ScriptedNetwork, _ environment: [String: String] = [:])
        -> InstanceMetadataSource
    {
        InstanceMetadataSource(context: .offline(environment, exchange: network))
    }

    /// A service that gives each session another token, this role, and these keys.
    private static func service(
        opening: ScriptedNetwork.Answer? = nil, role: ScriptedNetwork.Answer = .ok("Web-Server\n"),
        keys: ScriptedNetwork.Answer = .ok(keys)
    ) -> ScriptedNetwork {
        ScriptedNetwork { request, number in
            switch request.path {
            case "/latest/api/token": opening ?? .ok("CANARY-session-\(number)")
            case "/latest/meta-data/iam/security-credentials/": role
            default: keys
            }
        }
    }

    @Test func `each fetch opens a session of its own, names the role, and gets its keys`() async throws {
        let network = Self.service()
        let source = Self.source(network)
        for _ in 0..<2 {
            let fetched = try await source.fetch(for: nil)
            #expect(fetched.credential.accessKeyID == "ASIA1" && fetched.credential.secretText == "CANARY-s")
            #expect(fetched.credential.tokenText == "CANARY-t" && fetched.source == "instance-metadata")
        }
        let requests = network.requests
        #expect(requests.map(\.method) == ["PUT", "GET", "GET", "PUT", "GET", "GET"])
        #expect(requests.allSatisfy { $0.url.description == "http://169.254.169.254" })
        #expect(requests[2].path == "/latest/meta-data/iam/security-credentials/Web-Server")
        #expect(requests[0].header("x-aws-ec2-metadata-token-ttl-seconds") == "21600")
        let tokens = requests.map { $0.header("x-aws-ec2-metadata-token") }
        let (first, second) = ("CANARY-session-0", "CANARY-session-3")
        #expect(tokens == [nil, first, first, nil, second, second])
    }

    @Test(arguments: ["true", "TRUE", " True "])
    func `it can be turned off, and then nobody is asked`(value: String) async {
        let network = Self.service()
        expect(
            await Self.source(network, ["AWS_EC2_METADATA_DISABLED": value]).failure(), .absent,
            from: "instance-metadata", why: "AWS_EC2_METADATA_DISABLED is set")
        #expect(network.requests.isEmpty)
    }

    @Test(arguments: ["false", "", "yes", "1"])
    func `any other value does not turn it off`(value: String) async throws {
        #expect(
            try await Self.source(Self.service(), ["AWS_EC2_METADATA_DISABLED": value]).credential().accessKeyID
                == "ASIA1")
    }

    private static let openings: [(ScriptedNetwork.Answer, CredentialFailure.Kind, String, Int)] = [
        (.status(400), .unusable, "refused: 400", 1),
        (.status(403), .absent, "turned off (HTTP 403)", 1), (.status(404), .absent, "turned off (HTTP 404)", 1),
        (.status(500), .unreachable, "500", 3),
        (.failing(.cannotConnect("no route")), .absent, "nothing answers at", 3),
        (.failing(.connectTimedOut), .absent, "nothing answers at http://169.254.169.254", 3),
        (.failing(.attemptTimedOut), .unreachable, "no answer in time", 3), (.ok(""), .unreachable, "token is none", 1),
        (.ok("CANARY\r\nX: 1"), .unreachable, "the session token is none", 1),
        (.ok(String(repeating: "CANARY", count: 200)), .unreachable, "the session token is none", 1),
    ]

    @Test(arguments: openings)
    func `without a session there are no keys, and no older way is tried`(
        opening: ScriptedNetwork.Answer, kind: CredentialFailure.Kind, why: String, requests: Int
    ) async {
        let network = Self.service(opening: opening)
        expect(await Self.source(network).failure(), kind, from: "instance-metadata", why: why)
        #expect(network.requests.count == requests && network.requests.allSatisfy { $0.method == "PUT" })
    }

    private static let roles: [(ScriptedNetwork.Answer, CredentialFailure.Kind, String)] = [
        (.status(404), .absent, "the instance has no IAM role"),
        (.status(401, "CANARY-session-0"), .unusable, "refused: 401"),
        (.ok(""), .unreachable, "name of the role is none"),
        (.ok("../../user-data"), .unreachable, "role is none"),
        (.ok("a b"), .unreachable, "role is none"), (.ok("a?b"), .unreachable, "role is none"),
        (.ok("a\r\nX: CANARY"), .unreachable, "role is none"), (.ok("r\u{F4}le"), .unreachable, "role is none"),
        (.ok("a%2f"), .unreachable, "role is none"),
        (.ok(String(repeating: "a", count: 129)), .unreachable, "role is none"),
        (.ok(".."), .unreachable, "role is none"), (.ok("."), .unreachable, "role is none"),
    ]

    @Test(arguments: roles)
    func `a role that is none gets no keys`(
        role: ScriptedNetwork.Answer, kind: CredentialFailure.Kind, why: String
    ) async {
        let network = Self.service(role: role)
        expect(await Self.source(network).failure(), kind, from: "instance-metadata", why: why)
        #expect(
            network.requests.allSatisfy { $0.path.hasSuffix("/token") || $0.path.hasSuffix("/security-credentials/") })
    }

    @Test func `every name that IAM allows is a role's`() async throws {
        let name = "aZ09_+=,.@-"
        let network = Self.service(role: .ok("\(name)\nsecond"))
        _ = try await Self.source(network).fetch(for: nil)
        #expect(network.requests.last?.path.hasSuffix("/security-credentials/\(name)") == true)
    }

    private static let answers: [(ScriptedNetwork.Answer, CredentialFailure.Kind, String)] = [
        (
            .ok(#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"CANARY"}"#), .unreachable,
            "says AssumeRoleUnauthorizedAccess"
        ),
        (
            .ok(#"{"Code":"Failed","AccessKeyId":"A","SecretAccessKey":"CANARY","Expiration":"2030-01-02T03:04:05Z"}"#),
            .unreachable, "says Failed"
        ),
        (.ok(#"{"Code":"Success"}"#), .unreachable, "no Expiration"),
        (.ok("CANARY"), .unreachable, "not a JSON object"),
        (
            .ok(#"{"Code":"Success","AccessKeyId":"A","SecretAccessKey":"CANARY","Expiration":7}"#), .unreachable,
            "no Expiration"
        ),
        (.status(404, "CANARY-session-0"), .unusable, "refused: 404"), (.status(500), .unreachable, "500"),
    ]

    @Test(arguments: answers)
    func `an answer without keys is none`(
        keys: ScriptedNetwork.Answer, kind: CredentialFailure.Kind, why: String
    ) async {
        expect(await Self.source(Self.service(keys: keys)).failure(), kind, from: "instance-metadata", why: why)
    }

    @Test func `its place can be set`() async throws {
        let table: [([String: String], String)] = [
            ([:], "http://169.254.169.254"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "ipv6"], "http://[fd00:ec2::254]"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338/x/"], "http://127.0.0.1:1338/x"),
        ]
        for (environment, place) in table {
            #expect(try Self.source(Self.service(), environment).endpoint().description == place)
        }
        for environment in [
            ["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv5"], ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "CANARY"],
        ] {
            let network = Self.service()
            expect(
                await Self.source(network, environment).failure(), .unusable, from: "instance-metadata",
                why: "metadata service")
            #expect(network.requests.isEmpty)
        }
    }
}
