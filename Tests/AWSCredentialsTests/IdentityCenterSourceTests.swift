import AWSRuntime
import Foundation
import Glibc
import JSONText
import Secrets
import Synchronization
import Testing
import Timestamps

@testable import AWSCredentials

@Suite struct IdentityCenterSourceTests {
    /// A home with a profile `p`, and the login that `aws sso login` has left there.
    private struct Home {
        let files: TemporaryFiles
        let clock = SettableClock()
        let network: ScriptedNetwork
        let warnings = Warnings()
        private let cache: String

        /// `legacy` is a profile of the older kind, without a session.
        init(legacy: Bool = false, network: ScriptedNetwork) throws {
            self.network = network
            let shared = "sso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\n"
            let role = "sso_account_id = 123456789012\nsso_role_name = Audit+or\n"
            files = try TemporaryFiles(
                config: legacy
                    ? "[profile p]\n\(shared)\(role)"
                    : "[profile p]\nsso_session = work\n\(role)[sso-session work]\n\(shared)")
            // sha1sum of the session's name, or of the start URL.
            let name =
                legacy
                ? "0c54b6c27e90660baa89eaad85ac1d5dae26cb7d" : "e274eeff768c6396088ec6eb091f4bf4d47ab1e0"
            cache = ".aws/sso/cache/\(name).json"
        }

        var path: String { "\(files.home)/\(cache)" }

        /// The login has so long a name in it that there is no room for a draft's beside it: PATH_MAX is 4,096 (limits.h).
        var crampedEnvironment: [String: String] {
            ["HOME": files.home + String(repeating: "/.", count: (4_090 - path.utf8.count) / 2)]
        }

        /// Writes the login: its token ends in so many seconds.
        func login(
            endsIn seconds: Double, renewable: Bool = true, registrationEndsIn registration: Double = 86_400,
            more: String = "", mode: Int = 0o600
        ) throws {
            var text = #"{"startUrl": "https://d-1.awsapps.com/start", "accessToken": "CANARY-access-1","#
            text += #" "expiresAt": "\#(clock.wall.adding(seconds: seconds).rfc3339)"\#(more)"#
            if renewable {
                text += #", "clientId": "client", "clientSecret": "CANARY-secret", "refreshToken": "CANARY-refresh-1","#
                text += #" "registrationExpiresAt": "\#(clock.wall.adding(seconds: registration).rfc3339)""#
            }
            try files.write(text + "}\n", to: cache, mode: mode)
        }

        func source(strictPermissions: Bool = false) -> SharedFilesSource {
            var locations = SharedFileLocations(environment: files.environment)
            locations.profile = "p"
            return SharedFilesSource(
                locations,
                context: .offline(
                    files.environment, exchange: network, clock: clock.clock(), strictPermissions: strictPermissions,
                    warn: { [warnings] in warnings.add($0) }))
        }

        func cached() throws -> JSONValue {
            try JSONValue(parsing: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        }
    }

    private static let role = ScriptedNetwork.Answer.ok(
        #"{"roleCredentials":{"accessKeyId":"ASIA1","secretAccessKey":"CANARY-s","sessionToken":"CANARY-t","expiration":1800003600000}}"#
    )

    /// The portal and the login service, which answers a renewal with `renewal`.
    private static func network(
        portal: ScriptedNetwork.Answer = role, renewal: ScriptedNetwork.Answer = .status(500)
    ) -> ScriptedNetwork {
        ScriptedNetwork { request, _ in request.url.host.hasPrefix("oidc.") ? renewal : portal }
    }

    private static let renewed = ScriptedNetwork.Answer.ok(
        #"{"accessToken":"CANARY-access-2","expiresIn":28800,"refreshToken":"CANARY-refresh-2","tokenType":"Bearer"}"#)

    @Test(arguments: [false, true])
    func `a login that is valid gives the role's credentials`(legacy: Bool) async throws {
        let home = try Home(legacy: legacy, network: Self.network())
        try home.login(endsIn: 301)
        let fetched = try await home.source().fetch(for: nil)
        #expect(fetched.credential.accessKeyID == "ASIA1" && fetched.credential.secretText == "CANARY-s")
        #expect(fetched.credential.tokenText == "CANARY-t" && fetched.accountID == "123456789012")
        #expect(fetched.credential.expiration?.seconds == 1_800_003_600 && fetched.source == "identity-center")
        let request = try #require(home.network.requests.first)
        #expect(home.network.requests.count == 1 && request.url.host == "portal.sso.eu-west-1.amazonaws.com")
        #expect(request.path == "/federation/credentials")
        #expect(request.query == "account_id=123456789012&role_name=Audit%2Bor")
        #expect(request.header("x-amz-sso_bearer_token") == "CANARY-access-1" && request.header("authorization") == nil)
    }

    @Test func `a login about to end is renewed, and written back as the AWS tools want it`() async throws {
        let home = try Home(network: Self.network(renewal: Self.renewed))
        try home.login(
            endsIn: 299,
            more: #", "region": "eu-west-1", "aNumber": 1.50, "aList": [1, {"x": null}], "aText": "\u00e9""#)
        _ = try await home.source().fetch(for: nil)
        let renewal = try #require(home.network.requests.first)
        #expect(
            renewal.url.host == "oidc.eu-west-1.amazonaws.com" && renewal.method == "POST" && renewal.path == "/token")
        let asked = try JSONValue(parsing: renewal.body)
        #expect(asked["grantType"]?.string == "refresh_token" && asked["refreshToken"]?.string == "CANARY-refresh-1")
        #expect(asked["clientId"]?.string == "client" && asked["clientSecret"]?.string == "CANARY-secret")
        #expect(home.network.requests.last?.header("x-amz-sso_bearer_token") == "CANARY-access-2")

        let cached = try home.cached()
        #expect(
            cached["accessToken"]?.string == "CANARY-access-2" && cached["refreshToken"]?.string == "CANARY-refresh-2")
        #expect(cached["expiresAt"]?.string == home.clock.wall.adding(seconds: 28_800).rfc3339)
        #expect(cached["clientId"]?.string == "client" && cached["clientSecret"]?.string == "CANARY-secret")
        #expect(cached["registrationExpiresAt"] != nil && cached["startUrl"]?.string == "https://d-1.awsapps.com/start")
        #expect(cached["region"]?.string == "eu-west-1" && cached["aText"]?.string == "é")
        let text = try String(contentsOfFile: home.path, encoding: .utf8)
        #expect(text.contains(#""aNumber": 1.50, "aList": [1, {"x": null}]"#))
        var status = stat()
        #expect(unsafe stat(home.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(home.files.home)/.aws/sso/cache")
        #expect(left.count == 1 && home.warnings.all.isEmpty)

        // The new token is what is used from now on, without asking for another.
        _ = try await home.source().fetch(for: nil)
        #expect(home.network.requests.count == 3)
    }

    @Test func `a refresh token that is not replaced is kept`() async throws {
        let home = try Home(network: Self.network(renewal: .ok(#"{"accessToken":"CANARY-access-2","expiresIn":3600}"#)))
        try home.login(endsIn: -10)
        _ = try await home.source().fetch(for: nil)
        #expect(try home.cached()["refreshToken"]?.string == "CANARY-refresh-1")
    }

    private static let session = "run: aws sso login --sso-session work"
    private static let profile = "run: aws sso login --profile p"

    @Test(arguments: [false, true])
    func `when a person has to log in the failure says the very command`(legacy: Bool) async throws {
        let command = legacy ? Self.profile : Self.session
        func failure(
            portal: ScriptedNetwork.Answer = Self.role, renewal: ScriptedNetwork.Answer = .status(500),
            _ prepare: (Home) throws -> Void
        ) async throws -> CredentialFailure? {
            let home = try Home(legacy: legacy, network: Self.network(portal: portal, renewal: renewal))
            try prepare(home)
            let failure = await home.source().failure()
            #expect(failure?.remedy == command, "\(String(describing: failure))")
            return failure
        }
        func unusable(_ failure: CredentialFailure?, _ why: String) {
            expect(failure, .unusable, from: "identity-center", profile: "p", why: why)
        }
        unusable(try await failure { _ in }, "No such file or directory")
        unusable(
            try await failure { try $0.login(endsIn: -1, renewable: false) }, "the login ended at 2027-01-15T07:59:59Z")
        unusable(try await failure { try $0.login(endsIn: -1, registrationEndsIn: -1) }, "the login ended at")
        let refused = #"{"error":"invalid_grant","error_description":"Invalid refresh token CANARY-refresh-1"}"#
        unusable(
            try await failure(renewal: .status(400, refused)) { try $0.login(endsIn: -1) },
            "IAM Identity Center's login refused: 400: Invalid refresh token…")
        let unauthorized = #"{"message":"Session token not found or invalid: CANARY-access-1"}"#
        unusable(
            try await failure(portal: .status(401, unauthorized)) { try $0.login(endsIn: 3_600) },
            "IAM Identity Center refused: 401: Session token not found or invalid:…")
        for (text, why) in [
            ("CANARY", "it is not a JSON object"), ("{}", "has no accessToken or no expiresAt"),
            ("", "not a JSON object"),
            (#"{"accessToken":"CANARY","expiresAt":"CANARY"}"#, "no accessToken or no expiresAt"),
            (#"{"accessToken":7,"expiresAt":"2030-01-01T00:00:00Z"}"#, "no accessToken"),
        ] {
            unusable(
                try await failure { home in
                    try home.login(endsIn: 1)
                    try Data(text.utf8).write(to: URL(fileURLWithPath: home.path))
                }, why)
        }
    }

    @Test func `a renewal that fails is no harm while the token is valid`() async throws {
        let home = try Home(network: Self.network(renewal: .status(400, #"{"error":"invalid_grant"}"#)))
        try home.login(endsIn: 200)
        #expect(try await home.source().credential().accessKeyID == "ASIA1")
        #expect(
            home.network.requests.count == 2
                && home.network.requests.last?.header("x-amz-sso_bearer_token") == "CANARY-access-1")
    }

    @Test func `a login service that cannot be reached may be later`() async throws {
        let home = try Home(network: Self.network(renewal: .failing(.cannotConnect("no route"))))
        try home.login(endsIn: -1)
        expect(
            await home.source().failure(), .unreachable, from: "identity-center", profile: "p",
            why: "IAM Identity Center's login was not reached: cannot connect: no route",
            remedy: "asked again by itself")
    }

    @Test func `a role that is not assigned is said to be so`() async throws {
        let home = try Home(
            network: Self.network(portal: .status(403, #"{"__type":"ForbiddenException","message":"No access"}"#)))
        try home.login(endsIn: 3_600)
        expect(
            await home.source().failure(), .unusable, from: "identity-center", profile: "p",
            why: "refused: ForbiddenException: No access", remedy: "sso_role_name")
    }

    @Test(arguments: [
        #"{}"#, #"{"roleCredentials":{}}"#, #"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"CANARY"}}"#,
        #"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"CANARY","expiration":"1800003600000"}}"#,
        #"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"CANARY","expiration":-1}}"#,
        #"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"CANARY","expiration":9223372036854775807}}"#,
        #"{"roleCredentials":{"accessKeyId":1,"secretAccessKey":"CANARY","expiration":1800003600000}}"#, "CANARY", "",
    ])
    func `an answer without credentials is none`(answer: String) async throws {
        let home = try Home(network: Self.network(portal: .ok(answer)))
        try home.login(endsIn: 3_600)
        expect(
            await home.source().failure(), .unreachable, from: "identity-center", profile: "p",
            why: "IAM Identity Center answered what cannot be used")
    }

    @Test(arguments: [
        "{}", #"{"accessToken":"","expiresIn":1}"#, #"{"accessToken":"CANARY"}"#,
        #"{"accessToken":"CANARY","expiresIn":0}"#,
        #"{"accessToken":"CANARY","expiresIn":1e3}"#, #"{"accessToken":"CANARY","expiresIn":99999999999}"#, "CANARY",
    ])
    func `a renewal without a token is none`(answer: String) async throws {
        let home = try Home(network: Self.network(renewal: .ok(answer)))
        try home.login(endsIn: -1)
        expect(
            await home.source().failure(), .unreachable, from: "identity-center", profile: "p",
            why: "IAM Identity Center's login answered what cannot be used")
        #expect(try home.cached()["accessToken"]?.string == "CANARY-access-1")
    }

    @Test(arguments: [(0o600, true), (0o640, false), (0o604, false), (0o400, true)])
    func `a login that others can read is refused, or warned of`(mode: Int, isPrivate: Bool) async throws {
        let home = try Home(network: Self.network())
        try home.login(endsIn: 3_600, mode: mode)
        #expect(try await home.source().credential().accessKeyID == "ASIA1")
        #expect(home.warnings.all.count == (isPrivate ? 0 : 1))
        guard !isPrivate else {
            #expect(try await home.source(strictPermissions: true).credential().accessKeyID == "ASIA1")
            return
        }
        #expect(home.warnings.all.first?.contains("chmod 600 \(home.path)") == true)
        expect(
            await home.source(strictPermissions: true).failure(), .unusable, from: "identity-center", profile: "p",
            why: "is open to other users (mode 0\(String(mode, radix: 8)))", remedy: "chmod 600")
    }

    @Test func `a login that cannot be written back is used, and warned of`() async throws {
        let home = try Home(network: Self.network(renewal: Self.renewed))
        try home.login(endsIn: 10)
        let network = ScriptedNetwork { [path = home.path] request, _ in
            guard request.url.host.hasPrefix("oidc.") else { return Self.role }
            try? FileManager.default.removeItem(atPath: path)
            return Self.renewed
        }
        let context = SourceContext.offline(
            home.files.environment, exchange: network, clock: home.clock.clock(), warn: { home.warnings.add($0) })
        var locations = SharedFileLocations(environment: home.files.environment)
        locations.profile = "p"
        #expect(try await SharedFilesSource(locations, context: context).credential().accessKeyID == "ASIA1")
        #expect(
            home.warnings.all == [
                "the renewed login could not be written back for the AWS tools: No such file or directory"
            ])
    }

    @Test func `a login that cannot be written back is kept until there is another, and no longer`() async throws {
        let home = try Home(network: Self.network(renewal: Self.renewed))
        try home.login(endsIn: 10)
        let environment = home.crampedEnvironment
        var locations = SharedFileLocations(environment: environment)
        locations.profile = "p"
        let source = SharedFilesSource(
            locations,
            context: .offline(
                environment, exchange: home.network, clock: home.clock.clock(), warn: { home.warnings.add($0) }))
        func tokensUsed() -> [String?] { home.network.requests.map { $0.header("x-amz-sso_bearer_token") } }

        for _ in 0..<2 { #expect(try await source.fetch(for: nil).credential.accessKeyID == "ASIA1") }
        #expect(
            home.warnings.all == [
                "the renewed login could not be written back for the AWS tools: File name too long"
            ])
        #expect(tokensUsed() == [nil, "CANARY-access-2", "CANARY-access-2"], "one renewal serves both")
        // Renewed again, with the refresh token that came last.
        home.clock.pass(.seconds(28_600))
        _ = try await source.fetch(for: nil)
        let renewal = try JSONValue(parsing: #require(home.network.requests.dropLast().last).body)
        #expect(renewal["refreshToken"]?.string == "CANARY-refresh-2")
        #expect(tokensUsed().count == 5)
        // Whoever has the keys wiped has this wiped, too.
        source.forget()
        _ = try await source.fetch(for: nil)
        #expect(try JSONValue(parsing: home.network.requests[5].body)["refreshToken"]?.string == "CANARY-refresh-1")
        try home.login(endsIn: 28_800)
        _ = try await source.fetch(for: nil)
        #expect(tokensUsed().suffix(2) == ["CANARY-access-2", "CANARY-access-1"])
    }

    @Test func `a login that was kept is let go as soon as the file is another, or gone`() async throws {
        let home = try Home(network: Self.network(renewal: Self.renewed))
        let settings = IdentityCenterSettings(
            session: "work", startURL: "https://d-1.awsapps.com/start", region: "eu-west-1", account: "123456789012",
            role: "Auditor", profile: "p")
        let source = IdentityCenterSource(
            settings,
            context: .offline(home.crampedEnvironment, exchange: home.network, clock: home.clock.clock()))
        func isKept() -> Bool { source.unwritten.withLock { $0 != nil } }
        for isGone in [false, true] {
            try home.login(endsIn: 10)
            _ = try await source.fetch(for: nil)
            #expect(isKept())
            if isGone { try FileManager.default.removeItem(atPath: home.path) } else { try home.login(endsIn: 3_600) }
            _ = try? await source.fetch(for: nil)
            #expect(!isKept())
        }
    }

    @Test func `after a login the next request has credentials, whatever rest the source was given`() async throws {
        let home = try Home(network: Self.network())
        let keeper = CredentialKeeper(home.source(), clock: home.clock.clock(random: 1))
        #expect(await keeper.failure()?.remedy == Self.session)
        #expect(await keeper.failure()?.retryAfterSeconds != nil)
        try home.login(endsIn: 3_600)
        // It has come from one fetch, and stays: the login's file is known from then on.
        for _ in 0..<3 { #expect(await keeper.keyID() == "ASIA1") }
        #expect(home.network.requests.count == 1)
        let other = CredentialKeeper(home.source(), clock: home.clock.clock())
        for _ in 0..<3 { #expect(await other.keyID() == "ASIA1") }
        #expect(home.network.requests.count == 2)
    }

    @Test func `a profile without a home or with a strange region says so`() async throws {
        let files = try TemporaryFiles(
            config:
                "[default]\nsso_start_url = https://x\nsso_region = not a region\nsso_account_id = 1\nsso_role_name = r\n"
        )
        expect(
            await files.source().failure(), .unusable, from: "identity-center", profile: "default",
            why: "sso_region is not a region's name")
        let text =
            "[default]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n"
        try files.write(text, to: ".aws/config")
        let source = SharedFilesSource(
            SharedFileLocations(profile: "default", configPath: "\(files.home)/.aws/config", credentialsPath: nil),
            context: .offline([:]))
        expect(await source.failure(), .unusable, from: "identity-center", profile: "default", why: "HOME is not set")
    }
}

/// What sources have warned of.
final class Warnings: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func add(_ text: String) { texts.withLock { $0.append(text) } }
}
