internal import AWSCredentials
internal import AWSRuntime
internal import BrokerAccess
internal import BrokerCore
internal import BrokerWire
internal import Digests
internal import Glibc
internal import Macie2

/// A configuration with what the environment and AWS's shared files add to it: who may do what, and where. Making one
/// changes nothing.
struct LoadedConfiguration {
    /// Where it came from; nil when there is none.
    let file: String?
    /// The SHA-256 of the file, in hexadecimal.
    let fileSHA256: String?
    let configuration: Configuration
    let policy: Policy
    let profiles: Profiles
    let routes: [MacieUpstream.Route]
    let recipes: [CredentialRecipe]

    /// `named` is the file; nil: the one in the usual place, if it is there. What is wrong is thrown as ConfigurationFailure.
    init(file named: String?, environment: [String: String]) throws {
        let file = named ?? ConfigurationFile.defaultPath(environment: environment)
        let text = try file.map { try ConfigurationFile.read($0) }
        let configuration =
            if let file, let text { try Configuration(yaml: text, file: file) } else { Configuration() }
        self.file = file
        fileSHA256 = text.flatMap { SHA256.digest(of: Array($0.utf8)) }.map(\.hex)
        self.configuration = configuration
        policy = Policy(
            mode: configuration.mode, grants: configuration.grants ?? [.everything(forUser: geteuid())],
            denies: configuration.denies)
        var profiles: [Profile] = []
        var routes: [MacieUpstream.Route] = []
        var recipes: [CredentialRecipe] = []
        for settings in configuration.profiles {
            let resolved = try ResolvedProfile(settings, of: configuration, file: file, environment: environment)
            profiles.append(resolved.profile)
            routes.append(resolved.route)
            recipes.append(resolved.recipe)
        }
        self.profiles = Profiles(profiles)
        self.routes = routes
        self.recipes = recipes
    }
}

/// A profile with its region, its endpoint and the source of its credentials settled.
private struct ResolvedProfile {
    let profile: Profile
    let route: MacieUpstream.Route
    let recipe: CredentialRecipe

    init(
        _ settings: Configuration.Profile, of configuration: Configuration, file: String?, environment: [String: String]
    ) throws {
        var environment = environment
        let keys = settings.credentials
        if let path = keys.configFile { environment["AWS_CONFIG_FILE"] = path }
        if let path = keys.credentialsFile { environment["AWS_SHARED_CREDENTIALS_FILE"] = path }
        if let name = keys.profile { environment["AWS_PROFILE"] = name }
        let aws: AWSSettings
        do throws(SettingsFailure) {
            aws = try AWSSettings(environment: environment, service: GetMacieSession.service)
        } catch {
            throw ConfigurationFailure(file: file ?? "environment", place: nil, problem: error.description)
        }
        // Where nothing else says it, STS is asked in the profile's own region.
        if aws.region == nil, let region = settings.region { environment["AWS_REGION"] = region.name }
        let request = EndpointRequest(
            endpointPrefix: GetMacieSession.service.endpointPrefix, region: nil,
            useFIPS: settings.useFIPS ?? aws.useFIPS, useDualStack: settings.useDualStack ?? aws.useDualStack,
            custom: settings.endpoint ?? aws.endpointURL,
            allowInsecureEndpoint: settings.allowInsecureEndpoint ?? configuration.allowInsecureEndpoint)
        try Self.check(request, of: settings.name, file: file)
        recipe = CredentialRecipe(
            profile: settings.name, settings: keys, environment: environment,
            allowInsecureEndpoint: settings.allowInsecureEndpoint ?? configuration.allowInsecureEndpoint,
            strictPermissions: configuration.strictPermissions ?? (geteuid() == 0))
        profile = Profile(
            name: settings.name, region: settings.region ?? aws.region, otherRegions: settings.regions,
            isPersonal: recipe.isPersonal)
        route = MacieUpstream.Route(
            profile: settings.name,
            endpoint: { region throws(EndpointFailure) in
                var request = request
                request.region = region
                return try request.resolved()
            })
    }

    /// An endpoint that cannot be right for any region is told at start, not at the first request.
    private static func check(_ request: EndpointRequest, of profile: ProfileName, file: String?) throws {
        var request = request
        request.region = Region("us-east-1")
        do throws(EndpointFailure) {
            _ = try request.resolved()
        } catch {
            throw ConfigurationFailure(
                file: file ?? "environment", place: nil, problem: "profile \(profile): \(error.description)")
        }
    }
}
