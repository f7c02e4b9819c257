import AWSCredentials
import Foundation

/// A home directory with shared files in it, removed when let go.
final class TemporaryFiles: Sendable {
    let home: String

    init(config: String? = nil, credentials: String? = nil) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("credentials-\(UUID().uuidString)")
        home = folder.path
        let aws = folder.appendingPathComponent(".aws")
        try FileManager.default.createDirectory(at: aws, withIntermediateDirectories: true)
        try config.map { try Data($0.utf8).write(to: aws.appendingPathComponent("config")) }
        try credentials.map { try Data($0.utf8).write(to: aws.appendingPathComponent("credentials")) }
    }

    deinit { try? FileManager.default.removeItem(atPath: home) }

    var environment: [String: String] { ["HOME": home] }

    func source(_ profile: String = "default") -> SharedFilesSource {
        var locations = SharedFileLocations(environment: environment)
        locations.profile = profile
        return SharedFilesSource(locations)
    }
}
