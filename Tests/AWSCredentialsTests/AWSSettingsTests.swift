import AWSCredentials
import AWSRuntime
import JSONText
import TestSupport
import Testing

@Suite struct AWSSettingsTests {
    private static let macie2 = AWSService(signingName: "macie2", endpointPrefix: "macie2", sdkID: "Macie2")

    @Test func `configured endpoints are found as every SDK finds them`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("endpoints-extra/configured-endpoint-url-tests.json")
        let suite = try #require(JSONValue(parsing: bytes, rules: .lenientAWS)["testSuites"]?.array?.first)
        let tests = try #require(suite["endpointUrlTests"]?.array)
        // An endpoint in the program's own code comes before all of these: the broker's configuration, for us.
        let ours = tests.filter { $0["client_config"]?.string == "default" }
        var right = 0
        for test in ours {
            let service = try #require(test["service"]?.string)
            let files = try TemporaryFiles(config: Self.configuration(suite))
            let variables = suite["environments"]?[test["environment"]?.string ?? ""]?.object?.members ?? []
            let environment = files.environment.merging(variables.map { ($0.name, $0.value.string ?? "") }) { $1 }
            let settings = try AWSSettings(
                environment: environment, profile: test["profile"]?.string,
                service: AWSService(signingName: service, endpointPrefix: service, sdkID: service))
            let endpoint = try EndpointRequest(
                endpointPrefix: service, region: settings.region, custom: settings.endpointURL
            ).resolved()
            let isRight = endpoint.description == test["output"]?["endpointUrl"]?.string
            #expect(isRight, "\(test.text): \(endpoint)")
            right += isRight ? 1 : 0
        }
        print("configured endpoint cases \(right)/\(ours.count) (of \(tests.count); the others set it in code)")
        #expect(ours.count > 15)
    }

    /// The suite's profiles and services as a config file.
    private static func configuration(_ suite: JSONValue) -> String {
        var text = ""
        for profile in suite["profiles"]?.object?.members ?? [] {
            text += "[profile \(profile.name)]\n"
            for property in profile.value.object?.members ?? [] {
                text += "\(property.name) = \(property.value.string ?? "")\n"
            }
        }
        for section in suite["services"]?.object?.members ?? [] {
            text += "[services \(section.name)]\n"
            for service in section.value.object?.members ?? [] {
                text += "\(service.name) =\n"
                for property in service.value.object?.members ?? [] {
                    text += "  \(property.name) = \(property.value.string ?? "")\n"
                }
            }
        }
        return text
    }

    @Test func `a service's settings are named after its id`() {
        #expect(Self.macie2.endpointVariable == "AWS_ENDPOINT_URL_MACIE2")
        let manager = AWSService(signingName: "x", endpointPrefix: "x", sdkID: "Secrets Manager")
        #expect(manager.endpointVariable == "AWS_ENDPOINT_URL_SECRETS_MANAGER")
        #expect(manager.configurationKey == "secrets_manager")
    }

    @Test func `the region comes from AWS_REGION, AWS_DEFAULT_REGION, the profile`() throws {
        let files = try TemporaryFiles(config: "[default]\nregion = eu-west-3\n[profile p]\nregion = eu-west-4\n")
        func region(_ more: [String: String], profile: String? = nil) throws -> String? {
            let environment = files.environment.merging(more) { $1 }
            return try AWSSettings(environment: environment, profile: profile, service: Self.macie2).region?.name
        }
        #expect(try region(["AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"]) == "eu-west-1")
        #expect(try region(["AWS_REGION": " ", "AWS_DEFAULT_REGION": "eu-west-2"]) == "eu-west-2")
        #expect(try region([:]) == "eu-west-3")
        #expect(try region(["AWS_PROFILE": "p"]) == "eu-west-4")
        #expect(try region(["AWS_PROFILE": "p"], profile: "default") == "eu-west-3")
        #expect(try region([:], profile: "nobody") == nil)
        #expect(throws: SettingsFailure.self) { try region(["AWS_REGION": "us east"]) }
    }

    @Test func `FIPS and dual stack are yes or no`() throws {
        let files = try TemporaryFiles(config: "[default]\nuse_fips_endpoint = TRUE\nuse_dualstack_endpoint = maybe\n")
        var environment = files.environment
        let failure = #expect(throws: SettingsFailure.self) {
            try AWSSettings(environment: environment, service: Self.macie2)
        }
        #expect(failure?.setting == "use_dualstack_endpoint of profile default")
        environment["AWS_USE_DUALSTACK_ENDPOINT"] = "false"
        let settings = try AWSSettings(environment: environment, service: Self.macie2)
        #expect(settings.useFIPS && !settings.useDualStack)
    }

    @Test func `where STS and the metadata service are comes from the environment, else from the profile`() throws {
        let files = try TemporaryFiles(
            config: """
                [default]
                sts_regional_endpoints = legacy
                ec2_metadata_service_endpoint = http://[::1]:1
                ec2_metadata_service_endpoint_mode = IPv6
                """)
        func settings(_ variable: String) throws -> [String?] {
            let names = [
                "AWS_STS_REGIONAL_ENDPOINTS", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
            ]
            let environment = files.environment.merging(names.map { ($0, variable) }) { $1 }
            let settings = try AWSSettings(environment: environment, service: Self.macie2)
            return [settings.stsRegionalEndpoints, settings.metadataEndpoint, settings.metadataEndpointMode]
        }
        #expect(try settings(" other ") == ["other", "other", "other"])
        #expect(try settings(" ") == ["legacy", "http://[::1]:1", "IPv6"])
    }
}
