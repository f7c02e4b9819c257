import AWSCredentials
import AWSRuntime
import Secrets
import Testing

@Suite struct SystemdSourceTests {
    private static func source(
        _ files: TemporaryFiles, _ credential: String = "aws", profile: String = "default",
        network: any HTTPExchange = NobodyThere(), strictPermissions: Bool = true,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) -> SystemdSource {
        SystemdSource(
            credential: credential, profile: profile,
            context: .offline(
                files.environment.merging(["CREDENTIALS_DIRECTORY": "\(files.home)/unit", "AWS_REGION": "eu-west-1"]) {
                    $1
                }, exchange: network, strictPermissions: strictPermissions, warn: warn))
    }

    private static let keys = "[default]\naws_access_key_id = AK\naws_secret_access_key = CANARY\n"

    @Test func `a credential of the unit is a shared credentials file`() async throws {
        let files = try TemporaryFiles()
        try files.write("\(Self.keys)[b]\naws_access_key_id = BK\naws_secret_access_key = CANARY\n", to: "unit/aws")
        let fetched = try await Self.source(files).fetch(for: nil)
        #expect(fetched.credential.accessKeyID == "AK" && fetched.source == "systemd")
        #expect(try await Self.source(files, profile: "b").credential().accessKeyID == "BK")
        let before = Self.source(files).stamp
        try files.write(Self.keys, to: "unit/aws")
        #expect(Self.source(files).stamp != before)
    }

    @Test func `systemd's own modes are not judged`() async throws {
        let files = try TemporaryFiles()
        try files.write(Self.keys, to: "unit/aws", mode: 0o440)
        let warnings = Warnings()
        #expect(try await Self.source(files, warn: { warnings.add($0) }).credential().accessKeyID == "AK")
        #expect(warnings.all.isEmpty)
    }

    @Test func `what the unit does not hand over is told with the setting that does`() async throws {
        let files = try TemporaryFiles()
        expect(
            await Self.source(files, "keys").failure(), .unusable, from: "systemd",
            why: "the unit has no credential keys", remedy: "LoadCredentialEncrypted=keys")
        expect(
            await SystemdSource(credential: "aws", context: .offline([:])).failure(), .unusable, from: "systemd",
            why: "CREDENTIALS_DIRECTORY is not set", remedy: "LoadCredentialEncrypted=aws")
        try files.write("CANARY", to: "unit/aws")
        expect(await Self.source(files).failure(), .unusable, from: "systemd", profile: "default", why: "line 1")
        try files.write("[other]\n", to: "unit/aws")
        expect(
            await Self.source(files).failure(), .unusable, from: "systemd", profile: "default", why: "no such profile")
        try files.write("[default]\nregion = x\n", to: "unit/aws")
        expect(await Self.source(files).failure(), .unusable, from: "systemd", profile: "default", why: "no aws_access")
    }

    @Test func `a role of its profiles is assumed, and told of by the source that failed`() async throws {
        let files = try TemporaryFiles()
        try files.write("\(Self.keys)[r]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\n", to: "unit/aws")
        let fetched = try await Self.source(
            files, profile: "r", network: ScriptedNetwork(.ok(STSXML.answer(to: "AssumeRole")))
        ).fetch(for: nil)
        #expect(fetched.credential.accessKeyID == "ASIA1" && fetched.source == "assume-role")
        expect(
            await Self.source(files, profile: "r").failure(), .unreachable, from: "assume-role", profile: "r",
            why: "was not reached", remedy: "see to the way")
    }

    @Test func `a change of the config file is seen, and what a role is assumed with is kept for the next user`()
        async throws
    {
        let files = try TemporaryFiles(config: "[profile r]\nregion = eu-west-1\n")
        try files.write(
            """
            \(Self.keys)
            [m]
            role_arn = arn:m
            source_profile = default
            [r]
            role_arn = arn:r
            source_profile = m
            """, to: "unit/aws")
        let network = ScriptedNetwork(.ok(STSXML.answer(to: "AssumeRole")))
        let source = Self.source(files, profile: "r", network: network)
        for uid in [1, 2] as [UInt32] { _ = try await source.fetch(for: SessionUser(uid: uid, name: nil)) }
        #expect(network.requests.map { $0.form["RoleArn"] } == ["arn:m", "arn:r", "arn:r"])
        let before = source.stamp
        try files.write("[profile r]\nregion = eu-west-2\n", to: ".aws/config")
        #expect(source.stamp != before)
        source.forget()
        _ = try await source.fetch(for: nil)
        #expect(network.requests.count == 5)
    }
}
