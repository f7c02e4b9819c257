import AWSCredentials
import Secrets
import Testing
import Timestamps

@Suite struct DefaultChainTests {
    private static func chain(_ environment: [String: String]) -> DefaultChain {
        DefaultChain(SharedFileLocations(environment: environment), context: .offline(environment))
    }

    private static let keys = ["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s3cr3t"]

    @Test func `the environment has keys, with a token and an end if it says so`() async throws {
        let plain = try await StartEnvironment(Self.keys).keys.credential()
        #expect(plain.accessKeyID == "AK" && plain.secretText == "s3cr3t" && plain.tokenText == nil)
        let more = Self.keys.merging([
            "AWS_SESSION_TOKEN": "t", "AWS_CREDENTIAL_EXPIRATION": "2030-01-02T03:04:05Z",
        ]) { $1 }
        let credential = try await StartEnvironment(more).keys.credential()
        #expect(credential.tokenText == "t" && credential.expiration?.rfc3339 == "2030-01-02T03:04:05Z")
    }

    @Test func `the same credential is given each time, so that its signing keys are derived once`() async throws {
        let source = StartEnvironment(Self.keys).keys
        #expect(try await source.credential() === source.credential())
    }

    @Test(arguments: [
        (["AWS_ACCESS_KEY_ID": "AK"], CredentialFailure.Kind.unusable, "AWS_SECRET_ACCESS_KEY is missing"),
        (["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": " "], .unusable, "AWS_SECRET_ACCESS_KEY is missing"),
        (["AWS_SECRET_ACCESS_KEY": "CANARY"], .absent, "AWS_ACCESS_KEY_ID is not set"),
        (["AWS_ACCESS_KEY_ID": "  ", "AWS_SECRET_ACCESS_KEY": "CANARY"], .absent, "AWS_ACCESS_KEY_ID is not set"),
        (["AWS_ACCESS_KEY_ID": "A/K", "AWS_SECRET_ACCESS_KEY": "CANARY"], .unusable, "AWS_ACCESS_KEY_ID holds"),
        (["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "CAN\nARY"], .unusable, "AWS_SECRET_ACCESS_KEY holds"),
        (keys.merging(["AWS_SESSION_TOKEN": "CAN\r\nARY"]) { $1 }, .unusable, "AWS_SESSION_TOKEN holds"),
        (keys.merging(["AWS_CREDENTIAL_EXPIRATION": "soon"]) { $1 }, .unusable, "AWS_CREDENTIAL_EXPIRATION"),
        ([:], .absent, "not set"),
    ])
    func `an environment without a usable key pair says what is wrong`(
        environment: [String: String], kind: CredentialFailure.Kind, why: String
    ) async {
        let source = StartEnvironment(environment).keys
        let failure = await #expect(throws: CredentialFailure.self) { try await source.credential() }
        #expect(failure?.kind == kind && failure?.why.contains(why) == true, "\(String(describing: failure))")
        #expect(failure?.description.contains("CANARY") == false)
    }

    @Test func `the environment comes before the files`() async throws {
        let files = try TemporaryFiles(credentials: "[default]\naws_access_key_id=FILE\naws_secret_access_key=s\n")
        let both = Self.chain(files.environment.merging(Self.keys) { $1 })
        let fromEnvironment = try await both.fetch(for: nil)
        #expect(fromEnvironment.credential.accessKeyID == "AK" && fromEnvironment.source == "environment")
        let fromFiles = try await Self.chain(files.environment).fetch(for: nil)
        #expect(fromFiles.credential.accessKeyID == "FILE" && fromFiles.source == "shared-files")
    }

    @Test func `half a key pair in the environment is not replaced by another one`() async throws {
        let files = try TemporaryFiles(credentials: "[default]\naws_access_key_id=FILE\naws_secret_access_key=s\n")
        let chain = Self.chain(files.environment.merging(["AWS_ACCESS_KEY_ID": "AK"]) { $1 })
        let failure = await #expect(throws: CredentialFailure.self) { try await chain.credential() }
        #expect(failure?.source == "environment")
    }

    @Test func `a chain that finds nothing says where it looked`() async throws {
        let chain = Self.chain(try TemporaryFiles().environment)
        let failure = await #expect(throws: CredentialFailure.self) { try await chain.credential() }
        #expect(failure?.source == "default-chain" && failure?.kind == .absent)
        #expect(failure?.why.contains("environment: AWS_ACCESS_KEY_ID is not set; shared-files: neither") == true)
    }
}
