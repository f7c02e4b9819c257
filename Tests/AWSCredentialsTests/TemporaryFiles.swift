import AWSCredentials
import AWSRuntime
import AWSSigning
import Foundation
import Secrets

/// A home directory with shared files in it, removed when let go.
final class TemporaryFiles: Sendable {
    let home: String

    init(config: String? = nil, credentials: String? = nil) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("credentials-\(UUID().uuidString)")
        home = folder.path
        let aws = folder.appendingPathComponent(".aws")
        try FileManager.default.createDirectory(at: aws, withIntermediateDirectories: true)
        try config.map { try write($0, to: ".aws/config") }
        try credentials.map { try write($0, to: ".aws/credentials") }
    }

    /// Writes a file below the home directory, anew, readable by its owner alone unless `mode` says otherwise.
    func write(_ text: String, to path: String, mode: Int = 0o600) throws {
        let place = URL(fileURLWithPath: home).appendingPathComponent(path)
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: place, options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place.path)
    }

    deinit { try? FileManager.default.removeItem(atPath: home) }

    var environment: [String: String] { ["HOME": home] }

    func source(_ profile: String = "default") -> SharedFilesSource {
        var locations = SharedFileLocations(environment: environment)
        locations.profile = profile
        return SharedFilesSource(locations, context: .offline(environment))
    }
}

extension SourceContext {
    /// Without anybody to ask, but for whom `exchange` stands.
    static func offline(
        _ environment: [String: String], exchange: any HTTPExchange = NobodyThere(),
        clock: CredentialClock = CredentialClock(), strictPermissions: Bool = false,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) -> SourceContext {
        let start = StartEnvironment(environment)
        let client = AWSClient(
            exchange: exchange, keyring: SigningKeyring(), userAgent: "test", now: clock.wall, random: { 0 },
            sleep: { _ in })
        return SourceContext(
            environment: start,
            services: CredentialServices(
                client: client, environment: start.variables, allowInsecureEndpoint: true),
            clock: clock, strictPermissions: strictPermissions, warn: warn)
    }
}

/// A network in which nobody answers.
struct NobodyThere: HTTPExchange {
    func send(_ request: HTTPExchangeRequest, timeouts: ExchangeTimeouts) async throws -> HTTPExchangeResponse {
        throw HTTPExchangeFailure.cannotConnect("no route to host")
    }
}

extension CredentialSource {
    /// What it gives to the broker itself.
    func credential() async throws -> Credential { try await fetch(for: nil).credential }
}
