import AWSCredentials
import Secrets
import Testing

/// Files with keys that others than their owner can open.
@Suite struct StrictPermissionsTests {
    private static let keys = "aws_access_key_id = AK\naws_secret_access_key = CANARY\n"

    private static func source(
        _ files: TemporaryFiles, strict: Bool, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) -> SharedFilesSource {
        SharedFilesSource(
            SharedFileLocations(environment: files.environment),
            context: .offline(files.environment, strictPermissions: strict, warn: warn))
    }

    @Test(arguments: [
        (0o600, false), (0o400, false), (0o700, false), (0o640, true), (0o604, true), (0o644, true), (0o620, true),
        (0o602, true), (0o610, true), (0o601, true), (0o660, true), (0o666, true), (0o777, true),
    ])
    func `keys in a file that is open to others are refused, or warned of`(mode: Int, isOpen: Bool) async throws {
        for file in [".aws/credentials", ".aws/config"] {
            let files = try TemporaryFiles()
            try files.write("[default]\n\(Self.keys)", to: file, mode: mode)
            let warnings = Warnings()
            let lenient = Self.source(files, strict: false) { warnings.add($0) }
            #expect(try await lenient.credential().accessKeyID == "AK")
            guard isOpen else {
                #expect(try await Self.source(files, strict: true).credential().accessKeyID == "AK")
                #expect(warnings.all.isEmpty)
                continue
            }
            let (path, octal) = ("\(files.home)/\(file)", String(mode, radix: 8))
            #expect(
                warnings.all == ["\(path) holds keys and is open to other users (mode 0\(octal)): chmod 600 \(path)"])
            expect(
                await Self.source(files, strict: true).failure(), .unusable, from: "shared-files", profile: "default",
                why: "\(path) holds keys and is open to other users (mode 0\(octal))",
                remedy: "chmod 600 \(path) (or set strictPermissions: false)")
        }
    }

    @Test func `a file without keys may be read by all`() async throws {
        let files = try TemporaryFiles()
        try files.write("[default]\nregion = eu-west-1\n", to: ".aws/config", mode: 0o644)
        try files.write("[default]\n\(Self.keys)", to: ".aws/credentials")
        #expect(try await Self.source(files, strict: true).credential().accessKeyID == "AK")
    }

    @Test func `another profile's keys in an open file count, too`() async throws {
        for property in ["aws_secret_access_key", "aws_session_token"] {
            let files = try TemporaryFiles()
            try files.write("[profile other]\n\(property) = CANARY\n", to: ".aws/config", mode: 0o644)
            try files.write("[default]\n\(Self.keys)", to: ".aws/credentials")
            expect(
                await Self.source(files, strict: true).failure(), .unusable, from: "shared-files", profile: "default",
                why: "config holds keys")
        }
    }
}
