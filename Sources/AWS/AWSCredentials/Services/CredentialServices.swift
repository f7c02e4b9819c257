package import AWSRuntime

/// The services that sources ask, as the environment and its profile of the shared files say where they are.
package struct CredentialServices: Sendable {
    package let client: AWSClient
    package let environment: [String: String]
    package let allowInsecureEndpoint: Bool

    package init(client: AWSClient, environment: [String: String], allowInsecureEndpoint: Bool = false) {
        self.client = client
        self.environment = environment
        self.allowInsecureEndpoint = allowInsecureEndpoint
    }

    /// The region, and the rest that says where a service is. Read anew each time, for the files may change.
    func settings(of service: AWSService, for source: String) throws(CredentialFailure) -> AWSSettings {
        do throws(SettingsFailure) {
            return try AWSSettings(environment: environment, service: service)
        } catch {
            throw CredentialFailure(
                source: source, why: "\(error.setting): \(error.why)", remedy: error.remedy)
        }
    }

    func stsEndpoint(for source: String) throws(CredentialFailure) -> STSEndpoint {
        let settings = try settings(of: .sts, for: source)
        let usesGlobal = settings.stsRegionalEndpoints?.lowercased() == "legacy"
        do throws(EndpointFailure) {
            return try STSEndpoint(request(.sts, settings, region: settings.region), usesGlobal: usesGlobal)
        } catch {
            throw failure(error, source)
        }
    }

    /// A service in a region that the caller names, as the portal of IAM Identity Center.
    func endpoint(
        of service: AWSService, in region: Region, for source: String
    ) throws(CredentialFailure) -> EndpointURL {
        let settings = try settings(of: service, for: source)
        do throws(EndpointFailure) {
            return try request(service, settings, region: region).resolved()
        } catch {
            throw failure(error, source)
        }
    }

    private func request(_ service: AWSService, _ settings: AWSSettings, region: Region?) -> EndpointRequest {
        EndpointRequest(
            endpointPrefix: service.endpointPrefix, region: region, useFIPS: settings.useFIPS,
            useDualStack: settings.useDualStack, custom: settings.endpointURL,
            allowInsecureEndpoint: allowInsecureEndpoint)
    }

    private func failure(_ error: EndpointFailure, _ source: String) -> CredentialFailure {
        CredentialFailure(
            source: source, why: error.description,
            remedy: error == .missingRegion
                ? "set AWS_REGION, or region in the profile" : "mend the endpoint settings of the profile")
    }
}

extension CredentialFailure {
    /// What became of a call to a service that gives credentials. `remedy` is for a refusal, `remedyWhenAway` for a service
    /// that does not answer, or cannot now.
    init(
        _ failure: AWSCallFailure, asking what: String, source: String, profile: String? = nil, remedy: String,
        remedyWhenAway: String = "see to the way from the broker to AWS; it is asked again by itself"
    ) {
        let kind: Kind
        let why: String
        var remedy = remedy
        switch failure.cause {
        case .service(let error):
            kind = error.isTransient || error.code == Self.providerUnreachable ? .unreachable : .unusable
            why = "\(what) refused: \(Self.bounded(error.code)): \(Self.bounded(error.message))"
            if kind == .unreachable { remedy = remedyWhenAway }
        case .malformed(let reason, _, _):
            (kind, why) = (.unreachable, "\(what) answered what cannot be used: \(reason)")
        case .exchange(let failure):
            (kind, why, remedy) = (.unreachable, "\(what) was not reached: \(failure.words)", remedyWhenAway)
        case .deadline: (kind, why, remedy) = (.unreachable, "\(what) did not answer in time", remedyWhenAway)
        case .signing: (kind, why) = (.unusable, "the request to \(what) could not be signed")
        case .gateShut:
            (kind, why) = (.unreachable, "the broker is locked, so nothing is signed")
            remedy = "an administrator unlocks it with macie-broker admin unlock"
        }
        self.init(kind: kind, source: source, profile: profile, why: why, remedy: remedy)
    }

    /// STS could not reach the provider of a web identity (API_AssumeRoleWithWebIdentity, Errors): it may later.
    private static let providerUnreachable = "IDPCommunicationError"

    /// Characters of another service's text that are passed on.
    private static let longest = 512

    private static func bounded(_ text: String) -> String {
        text.count <= longest ? text : "\(text.prefix(longest))…"
    }
}

extension AWSCallFailure {
    /// Whether AWS refused the credential that the request was signed with, so that a newer one may do.
    package var refusesCredential: Bool {
        guard case .service(let error) = cause else { return false }
        return Self.refusals.contains(error.code)
    }

    private static let refusals: Set<String> = [
        "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidClientTokenId",
        "UnrecognizedClientException", "InvalidAccessKeyId", "InvalidToken", "InvalidTokenException",
    ]
}
