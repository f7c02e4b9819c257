import AWSCredentials
import Foundation
import JSONText
import Secrets
import TestSupport
import Testing

@Suite struct SharedFilesTests {
    @Test func `files and profile are found where the environment says`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("credential-chain/file-location-tests.json")
        let cases = try #require(JSONValue(parsing: bytes, rules: .lenientAWS)["tests"]?.array)
        let ours = cases.filter { $0["platform"]?.string == "linux" }
        for row in ours {
            let variables = try #require(row["environment"]?.object).members.map { ($0.name, $0.value.string ?? "") }
            let locations = SharedFileLocations(environment: Dictionary(variables) { $1 })
            #expect(locations.profile == row["profile"]?.string ?? "default", "\(row.text)")
            #expect(locations.configPath == row["configLocation"]?.string, "\(row.text)")
            #expect(locations.credentialsPath == row["credentialsLocation"]?.string, "\(row.text)")
        }
        print("file location cases \(ours.count)/\(ours.count) (of \(cases.count); the others are for Windows)")
        #expect(ours.count == 4)
    }

    @Test func `a path may begin with the home directory's sign, and a blank variable is not set`() {
        let locations = SharedFileLocations(environment: [
            "HOME": "/h", "AWS_CONFIG_FILE": "~/c", "AWS_SHARED_CREDENTIALS_FILE": " ", "AWS_PROFILE": "",
        ])
        #expect(locations.configPath == "/h/c" && locations.credentialsPath == "/h/.aws/credentials")
        #expect(locations.profile == "default")
    }

    @Test func `the credentials file wins over the config file, property by property`() async throws {
        let files = try TemporaryFiles(
            config: "[profile a]\naws_access_key_id = OLD\naws_secret_access_key = old\naws_session_token = token/+=",
            credentials: "[a]\naws_access_key_id = NEW # rotated\n[b]\n[a]\naws_secret_access_key=new/+#1\n")
        let credential = try await files.source("a").credential()
        #expect(credential.accessKeyID == "NEW" && credential.secretText == "new/+#1")
        #expect(credential.tokenText == "token/+=" && credential.expiration == nil)
    }

    @Test func `where a session policy is set, a profile that assumes no role is refused`() async throws {
        let files = try TemporaryFiles(
            credentials: "[default]\naws_access_key_id = AK\naws_secret_access_key = CANARY\n")
        var session = RoleSession()
        session.policyARNs = ["arn:aws:iam::aws:policy/A"]
        let source = SharedFilesSource(
            SharedFileLocations(environment: files.environment), session: session, context: .offline(files.environment))
        expect(
            await source.failure(), .unusable, from: "shared-files", profile: "default", why: "assumes no role",
            remedy: "role_arn")
        session.policyARNs = []
        session.name = SessionTemplate("{user}")
        let named = SharedFilesSource(
            SharedFileLocations(environment: files.environment), session: session, context: .offline(files.environment))
        #expect(try await named.credential().accessKeyID == "AK")
    }

    @Test func `keys in the config file alone do, too`() async throws {
        let files = try TemporaryFiles(
            config: "[default]\r\naws_access_key_id=AK\r\naws_secret_access_key = s3cr3t\r\n")
        let credential = try await files.source().credential()
        #expect(credential.accessKeyID == "AK" && credential.secretText == "s3cr3t")
        #expect(credential.tokenText == nil)
    }

    @Test(arguments: [
        ("aws_access_key_id = AK", "aws_secret_access_key is missing"),
        ("aws_access_key_id = AK\naws_secret_access_key =", "aws_secret_access_key is missing"),
        ("aws_secret_access_key = CANARY", "aws_access_key_id is missing"),
        ("aws_access_key_id = A K\naws_secret_access_key = CANARY", "aws_access_key_id holds a character"),
        ("aws_access_key_id = \"AK\"\naws_secret_access_key = CANARY", "aws_access_key_id holds a character"),
        ("aws_access_key_id = AK\naws_secret_access_key = CAN ARY", "aws_secret_access_key holds a character"),
        (
            "aws_access_key_id = AK\naws_secret_access_key = s\naws_session_token = CANARY\n CANARY",
            "aws_session_token holds"
        ),
        ("role_arn = r\naws_access_key_id = AK\naws_secret_access_key = CANARY", "role_arn needs a source_profile"),
        ("web_identity_token_file = /CANARY", "role_arn is missing"),
        ("sso_session = s", "sso_session s does not exist"),
        ("sso_start_url = CANARY\nsso_region = r", "access token"), ("login_session = CANARY", "login_session"),
        ("role_arn = r\nmfa_serial = CANARY\nsource_profile = p", "mfa_serial"),
        ("CANARY", "line 2: Expected an '=' sign"),
    ])
    func `what cannot be used is named, with a remedy, and never shown`(lines: String, why: String) async throws {
        let files = try TemporaryFiles(credentials: "[p]\n\(lines)\n")
        let failure = await #expect(throws: CredentialFailure.self) { try await files.source("p").credential() }
        #expect(failure?.why.contains(why) == true, "\(String(describing: failure))")
        #expect(failure?.kind == .unusable && failure?.profile == "p" && failure?.remedy.isEmpty == false)
        #expect(failure?.description.contains("CANARY") == false)
    }

    @Test func `static keys beat a credential process`() async throws {
        let files = try TemporaryFiles(
            credentials: "[default]\ncredential_process = x\naws_access_key_id = AK\naws_secret_access_key = s\n")
        #expect(try await files.source().credential().accessKeyID == "AK")
    }

    @Test func `no files and no default profile are nothing, a missing named profile is a mistake`() async throws {
        let nothing = try TemporaryFiles()
        await expectFailure(of: nothing.source(), .absent, "exists")
        await expectFailure(of: nothing.source("p"), .unusable, "exists")
        let other = try TemporaryFiles(config: "[profile q]\nregion = x\n")
        await expectFailure(of: other.source(), .absent, "no such profile")
        await expectFailure(of: other.source("p"), .unusable, "no such profile")
        await expectFailure(of: other.source("q"), .absent, "no aws_access_key_id")
        await expectFailure(
            of: SharedFilesSource(SharedFileLocations(environment: [:]), context: .offline([:])), .absent, "HOME")
    }

    @Test func `a file that cannot be read is told by its path`() async throws {
        let files = try TemporaryFiles()
        let source = SharedFilesSource(
            SharedFileLocations(profile: "default", configPath: files.home, credentialsPath: nil),
            context: .offline([:]))
        await expectFailure(of: source, .unusable, "\(files.home): Is a directory")
        let long = try TemporaryFiles(credentials: String(repeating: "#", count: ProfileFile.maximumBytes + 1))
        await expectFailure(of: long.source(), .unusable, "longer than")
    }

    @Test func `a file is read anew each time`() async throws {
        let files = try TemporaryFiles(credentials: "[default]\naws_access_key_id = A1\naws_secret_access_key = s\n")
        let source = files.source()
        #expect(try await source.credential().accessKeyID == "A1")
        try Data("[default]\naws_access_key_id = A2\naws_secret_access_key = s\n".utf8)
            .write(to: URL(fileURLWithPath: files.home + "/.aws/credentials"))
        #expect(try await source.credential().accessKeyID == "A2")
    }

    @Test func `a device without bytes is an empty file`() async {
        let source = SharedFilesSource(
            SharedFileLocations(profile: "default", configPath: "/dev/null", credentialsPath: "/dev/null"),
            context: .offline([:]))
        await expectFailure(of: source, .absent, "no such profile")
    }

    private func expectFailure(
        of source: SharedFilesSource, _ kind: CredentialFailure.Kind, _ why: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let failure = await #expect(throws: CredentialFailure.self, sourceLocation: sourceLocation) {
            try await source.credential()
        }
        #expect(
            failure?.kind == kind && failure?.why.contains(why) == true, "\(String(describing: failure))",
            sourceLocation: sourceLocation)
    }
}

extension Credential {
    /// Only a test may do this.
    var secretText: String { Self.text(secretAccessKey) }
    var tokenText: String? {
        switch sessionToken {
        case nil: nil
        case let token?: Self.text(token)
        }
    }

    private static func text(_ secret: borrowing SecretBytes) -> String {
        secret.lend { span in
            // SAFETY: the bytes are copied within the loan.
            unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }
}
