/// What a service is called where: in signatures, in host names, in settings.
package struct AWSService: Sendable, Hashable {
    /// The service in the credential scope.
    package let signingName: String
    /// The first label of its host names.
    package let endpointPrefix: String
    /// The service model's `serviceId`, such as `Macie2` or `Secrets Manager`.
    package let sdkID: String

    package init(signingName: String, endpointPrefix: String, sdkID: String) {
        self.signingName = signingName
        self.endpointPrefix = endpointPrefix
        self.sdkID = sdkID
    }

    /// As a key of a `[services …]` section: lower case, spaces as "_".
    package var configurationKey: String { String(sdkID.lowercased().map { $0 == " " ? "_" : $0 }) }

    /// The environment variable with the service's own endpoint, such as `AWS_ENDPOINT_URL_MACIE2`.
    package var endpointVariable: String { "AWS_ENDPOINT_URL_\(configurationKey.uppercased())" }
}
