package import AWSRuntime

/// What the SDKs take from the environment and from a profile besides credentials: where to call a service.
///
/// The environment wins over the profile; a blank setting is one that is not there.
package struct AWSSettings: Sendable, Equatable {
    /// `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's `region`.
    package var region: Region?
    /// `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the service's `endpoint_url` in the profile's `services`
    /// section, the profile's `endpoint_url`; nil when `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or the profile says to
    /// ignore them.
    package var endpointURL: String?
    /// `AWS_USE_FIPS_ENDPOINT`, the profile's `use_fips_endpoint`.
    package var useFIPS: Bool
    /// `AWS_USE_DUALSTACK_ENDPOINT`, the profile's `use_dualstack_endpoint`.
    package var useDualStack: Bool
    /// `AWS_STS_REGIONAL_ENDPOINTS`, the profile's `sts_regional_endpoints`: `regional` or `legacy`.
    package var stsRegionalEndpoints: String?
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT` and `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`, the profile's
    /// `ec2_metadata_service_endpoint` and `ec2_metadata_service_endpoint_mode`.
    package var metadataEndpoint: String?
    package var metadataEndpointMode: String?

    /// Reads them; `profile` is nil for the one that the environment names.
    package init(
        environment: [String: String], profile: String? = nil, service: AWSService
    ) throws(SettingsFailure) {
        var locations = SharedFileLocations(environment: environment)
        if let profile { locations.profile = profile }
        let files: ProfileFiles
        do throws(SharedFileFailure) {
            files = try ProfileFiles(locations)
        } catch {
            throw SettingsFailure(setting: error.path, why: error.description, remedy: "correct the file")
        }
        try self.init(EnvironmentValues(environment), files, profile: locations.profile, service: service)
    }

    private init(
        _ environment: EnvironmentValues, _ files: borrowing ProfileFiles, profile: String, service: AWSService
    ) throws(SettingsFailure) {
        func found(_ variables: String..., property: String) -> (name: String, text: String)? {
            for variable in variables {
                if let text = environment[variable] { return (variable, text) }
            }
            return files.text(property, ofProfile: profile).map { ("\(property) of profile \(profile)", $0) }
        }
        func flag(_ variable: String, property: String) throws(SettingsFailure) -> Bool {
            guard let (name, text) = found(variable, property: property) else { return false }
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: throw SettingsFailure(setting: name, why: "it is not a yes or no", remedy: "write true or false")
            }
        }
        stsRegionalEndpoints = found("AWS_STS_REGIONAL_ENDPOINTS", property: "sts_regional_endpoints")?.text
        metadataEndpoint = found("AWS_EC2_METADATA_SERVICE_ENDPOINT", property: "ec2_metadata_service_endpoint")?.text
        metadataEndpointMode =
            found("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", property: "ec2_metadata_service_endpoint_mode")?.text
        useFIPS = try flag("AWS_USE_FIPS_ENDPOINT", property: "use_fips_endpoint")
        useDualStack = try flag("AWS_USE_DUALSTACK_ENDPOINT", property: "use_dualstack_endpoint")
        if let (name, text) = found("AWS_REGION", "AWS_DEFAULT_REGION", property: "region") {
            guard let region = Region(text) else {
                throw SettingsFailure(
                    setting: name, why: "it is not a region's name", remedy: "write it like eu-west-1")
            }
            self.region = region
        }
        guard try !flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", property: "ignore_configured_endpoint_urls") else {
            return
        }
        endpointURL =
            environment[service.endpointVariable] ?? environment["AWS_ENDPOINT_URL"]
            ?? files.text("services", ofProfile: profile).flatMap {
                files.text("endpoint_url", ofService: service.configurationKey, in: $0)
            } ?? files.text("endpoint_url", ofProfile: profile)
    }
}

/// A setting of the environment or of the shared files that cannot be used.
package struct SettingsFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The variable, the property with its profile, or the file.
    package let setting: String
    package let why: String
    package let remedy: String

    package var description: String { "\(setting): \(why); \(remedy)" }
}
