import AWSCredentials
import AWSRuntime
import Foundation
import HTTPTransport
import JSONText
import NIOPosix
import Secrets
import TestSupport
import Testing
import Timestamps

/// Whole scenarios, recorded from the SDKs: an environment, files, and what was asked over HTTP. They are replayed over real
/// loopback sockets.
@Suite struct ScenarioTests {
    @Test func `every recorded scenario comes out as it was recorded`() async throws {
        guard let folder = ReferenceData.require() else { return }
        let scenarios = try Scenario.all(below: folder + "/credential-chain")
        let right = try await replay(scenarios, label: "credential scenarios")
        #expect(scenarios.count == 36 && right == 36)
    }

    @Test func `so does every scenario of the folder that CREDENTIAL_SCENARIOS names`() async throws {
        let named = ProcessInfo.processInfo.environment["CREDENTIAL_SCENARIOS"] ?? ""
        guard !named.isEmpty else { return print("CREDENTIAL_SCENARIOS names no further credential scenarios") }
        let scenarios = try Scenario.all(below: named)
        #expect(!scenarios.isEmpty)
        _ = try await replay(scenarios, label: "further credential scenarios")
    }

    private func replay(_ scenarios: [Scenario], label: String) async throws -> Int {
        let group = MultiThreadedEventLoopGroup.singleton
        let transport = try HTTPTransport(
            configuration: HTTPTransportConfiguration(keepsConnections: false), eventLoopGroup: group)
        var right = 0
        for scenario in scenarios {
            let wrong = try await scenario.replay(over: transport, on: group)
            #expect(wrong.isEmpty, "\(scenario.name): \(wrong.joined(separator: "; "))")
            right += wrong.isEmpty ? 1 : 0
        }
        try await transport.shutdown()
        print("\(label) \(right)/\(scenarios.count)")
        return right
    }
}

/// One scenario's folder.
private struct Scenario {
    let name: String
    private let folder: String

    /// Every folder below this one that holds a scenario, in the order of their names.
    static func all(below folder: String) throws -> [Scenario] {
        var found: [Scenario] = []
        let files = try #require(FileManager.default.enumerator(atPath: folder))
        for case let path as String in files where path.hasSuffix("/test-case.json") {
            let name = String(path.dropLast("/test-case.json".count))
            // A copy of a scenario lies within one; it is no scenario of its own.
            guard FileManager.default.fileExists(atPath: "\(folder)/\(name)/env.json"), !name.hasSuffix("/fs") else {
                continue
            }
            found.append(Scenario(name: name, folder: "\(folder)/\(name)"))
        }
        return found.sorted { $0.name < $1.name }
    }

    /// - Returns: what came out otherwise than it was recorded.
    func replay(over transport: HTTPTransport, on group: MultiThreadedEventLoopGroup) async throws -> [String] {
        let player = Player(try Recording(parsing: bytes("http-traffic.json")))
        let port = try await player.start(on: group)
        let files = try TemporaryFiles()
        try copyFiles(to: files)
        let environment = try environment(in: files)
        // At the time of the recordings; all that they hold ends later.
        let clock = CredentialClock(awsTime: { Timestamp(seconds: 1_230_768_000) })
        let context = SourceContext.offline(
            environment, exchange: Detour(port: port, transport: transport), clock: clock)
        let locations = SharedFileLocations(environment: environment)
        let source: any CredentialSource =
            name.contains("profile-provider")
            ? SharedFilesSource(locations, context: context) : DefaultChain(locations, context: context)
        let expected = try JSONValue(parsing: bytes("test-case.json"), rules: .lenientAWS)["result"] ?? .null
        var wrong: [String] = []
        do {
            wrong += differences(of: try await source.fetch(for: nil), from: expected)
        } catch let failure as CredentialFailure {
            wrong += differences(of: failure, from: expected)
        }
        await player.stop()
        return wrong + player.complaints
    }

    private func bytes(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)")))
    }

    private func copyFiles(to files: TemporaryFiles) throws {
        let root = "\(folder)/fs"
        guard let paths = FileManager.default.enumerator(atPath: root) else { return }
        for case let path as String in paths {
            guard let text = try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) else { continue }
            // Paths in the files are those of the recorded file system.
            try files.write(text.replacingOccurrences(of: "= /token.jwt", with: "= \(files.home)/token.jwt"), to: path)
        }
    }

    private func environment(in files: TemporaryFiles) throws -> [String: String] {
        let recorded = try JSONValue(parsing: bytes("env.json"), rules: .lenientAWS)
        return Dictionary(
            (recorded.object?.members ?? []).map { member in
                let value = member.value.string ?? ""
                let isPath = member.name == "HOME" || member.name.hasSuffix("_FILE")
                return (member.name, isPath ? files.home + value : value)
            }
        ) { $1 }
    }

    private func differences(of fetched: FetchedCredential, from expected: JSONValue) -> [String] {
        guard let keys = expected["Ok"] else { return ["there are credentials, which should not be"] }
        let credential = fetched.credential
        let pairs: [(String, String?, String?)] = [
            ("access_key_id", credential.accessKeyID, keys["access_key_id"]?.string),
            ("secret_access_key", credential.secretText, keys["secret_access_key"]?.string),
            ("session_token", credential.tokenText, keys["session_token"]?.string),
            ("account_id", fetched.accountID, keys["account_id"]?.string),
            ("expiry", credential.expiration.map { String($0.seconds) }, keys["expiry"]?.integer.map(String.init)),
        ]
        // Where a scenario does not say whose account it is, the answer may all the same.
        return pairs.filter { $1 != $2 && !($0 == "account_id" && $2 == nil) }.map {
            "\($0) \($1 ?? "-"), not \($2 ?? "-")"
        }
    }

    private func differences(of failure: CredentialFailure, from expected: JSONValue) -> [String] {
        guard let words = expected["ErrorContains"]?.string else { return ["\(failure)"] }
        let ours = Self.words[name.split(separator: "/").last.map(String.init) ?? ""]
        return ours.map { failure.why.contains($0) } ?? true ? [] : ["\(failure), not: \(words)"]
    }

    /// What the broker says where the scenarios' own words are the Rust SDK's. A scenario that is not named here has to
    /// fail, in whatever words.
    private static let words = [
        "eks_pod_identity_no_token_file": "No such file or directory",
        "imds_default_chain_error": "the instance has no IAM role",
        "imds_no_iam_role": "the instance has no IAM role",
        "profile_overrides_web_identity": "AWS_ACCESS_KEY_ID is not set",
        "sso_no_token_file": "/home/.aws/sso/cache/dace00cba5f8355ec9d274ceb2bcebdfbeed0e12.json: No such file",
        "sso_server_error": "IAM Identity Center refused: 503",
        "web_identity_source_profile_no_env": "web_identity_token_file is set but role_arn is missing",
        "web_identity_token_invalid_jwt": "InvalidIdentityToken: No OpenIDConnect provider found in your account",
        "credential_process_failure": "the process exited with status 1", "empty_config": "exists",
        "invalid_sso_credentials_config": "access token of IAM Identity Center instead of credentials",
        "sso_token": "access token of IAM Identity Center instead of credentials",
    ]
}
