import AWSRuntime
import JSONText
import TestSupport
import Testing

@testable import AWSCredentials

/// The recorded cases of where STS, a container's agent and an instance's metadata service are.
@Suite struct EndpointCaseTests {
    @Test func `STS is called where its endpoint rules say`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("endpoints-extra/sts-endpoint-tests.json")
        let cases = try #require(JSONValue(parsing: bytes, rules: .lenientAWS)["testCases"]?.array)
        var right = 0
        for row in cases {
            let parameters = row["params"] ?? [:]
            let request = EndpointRequest(
                endpointPrefix: "sts", region: parameters["Region"]?.string.flatMap { Region($0) },
                useFIPS: parameters["UseFIPS"]?.bool ?? false,
                useDualStack: parameters["UseDualStack"]?.bool ?? false, custom: parameters["Endpoint"]?.string)
            let told = Result { () throws(EndpointFailure) in
                try STSEndpoint(request, usesGlobal: parameters["UseGlobalEndpoint"]?.bool ?? false)
            }
            let signingRegion = row["expect"]?["endpoint"]?["properties"]?["authSchemes"]?.array?.first?[
                "signingRegion"]
            let isRight =
                switch (told, row["expect"]?["endpoint"]?["url"]?.string, row["expect"]?["error"]?.string) {
                case (.success(let endpoint), let url?, nil):
                    endpoint.url.description == url
                        && (signingRegion?.string.map { $0 == endpoint.signingRegion.name } ?? true)
                case (.failure(let failure), nil, let words?): failure.description == words
                default: false
                }
            #expect(isRight, "\(row.text): \(told)")
            right += isRight ? 1 : 0
        }
        print("STS endpoint cases \(right)/\(cases.count)")
        #expect(cases.count == 69)
    }

    @Test(arguments: [
        ("legacy", "https://sts.amazonaws.com", "us-east-1"),
        ("regional", "https://sts.eu-west-1.amazonaws.com", "eu-west-1"),
    ])
    func `STS is regional unless the environment says otherwise`(setting: String, url: String, region: String) throws {
        let context = SourceContext.offline(["AWS_REGION": "eu-west-1", "AWS_STS_REGIONAL_ENDPOINTS": setting])
        let endpoint = try context.services.stsEndpoint(for: "test")
        #expect(endpoint.url.description == url && endpoint.signingRegion.name == region)
    }

    @Test func `a container's agent is where its variables say`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("credential-chain/ecs-tests.json")
        let cases = try #require(JSONValue(parsing: bytes, rules: .lenientAWS)["tests"]?.array)
        let words = [
            "No environment variables were set to configure ECS provider":
                "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "URI did not specify a host": "is not a URL with a host",
        ]
        var right = 0
        for row in cases {
            let told = Result { () throws(CredentialFailure) in
                try ContainerAddress(environment: Self.variables(row["env"]))
            }
            let isRight =
                switch (told, row["result"]?["Ok"]?.string, row["result"]?["ErrorContains"]?.string) {
                case (.success(let address), let url?, nil): address.text == url
                case (.failure(let failure), nil, let text?): words[text].map { failure.why.contains($0) } ?? false
                default: false
                }
            #expect(isRight, "\(row.text): \(told)")
            right += isRight ? 1 : 0
        }
        print("container address cases \(right)/\(cases.count)")
        #expect(cases.count == 11)
    }

    @Test(arguments: [
        "http://10.0.0.1/credentials", "http://169.254.169.254/x", "http://example.com/", "ftp://localhost/",
        "http://169.254.170.2.example.com/",
    ])
    func `plain http leaves this host for nobody but the agents`(url: String) {
        #expect(throws: CredentialFailure.self) {
            try ContainerAddress(environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        }
    }

    @Test func `an instance's metadata service is where environment and profile say`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("credential-chain/imds-config/imds-endpoint-tests.json")
        let cases = try #require(JSONValue(parsing: bytes, rules: .lenientAWS)["tests"]?.array)
        // An endpoint or mode in a program's own code: the broker has no such setting.
        let ours = cases.filter { $0["endpoint_override"] == nil && $0["mode_override"] == nil }
        let words = [
            "is not a valid endpoint mode": "is not a valid endpoint mode", "invalid uri character": "not usable",
        ]
        var right = 0
        for row in ours {
            let files = try TemporaryFiles()
            for file in row["fs"]?.object?.members ?? [] {
                try files.write(file.value.string ?? "", to: file.name)
            }
            var environment = Self.variables(row["env"])
            environment["AWS_CONFIG_FILE"] = environment["AWS_CONFIG_FILE"].map { "\(files.home)/\($0)" }
            let source = InstanceMetadataSource(context: .offline(environment))
            let told = Result { () throws(CredentialFailure) in try source.endpoint() }
            let isRight =
                switch (told, row["result"]?["Ok"]?.string, row["result"]?["Err"]?.string) {
                case (.success(let url), let expected?, nil): "\(url)/latest/api/token" == expected
                case (.failure(let failure), nil, let text?):
                    words.contains { text.contains($0.key) && failure.why.contains($0.value) }
                default: false
                }
            #expect(isRight, "\(row.text): \(told)")
            right += isRight ? 1 : 0
        }
        print("metadata endpoint cases \(right)/\(ours.count) (of \(cases.count); the others set it in code)")
        #expect(ours.count == 11 && cases.count == 14)
    }

    private static func variables(_ object: JSONValue?) -> [String: String] {
        Dictionary((object?.object?.members ?? []).map { ($0.name, $0.value.string ?? "") }) { $1 }
    }
}
