/// Everything that decides where a service is called, before it is decided.
package struct EndpointRequest: Sendable, Hashable {
    package var endpointPrefix: String
    package var region: Region?
    package var useFIPS: Bool
    package var useDualStack: Bool
    /// An endpoint that somebody configured; it is used as it is.
    package var custom: String?
    /// Whether a custom endpoint may be plain http to a host that is not loopback.
    package var allowInsecureEndpoint: Bool

    package init(
        endpointPrefix: String, region: Region?, useFIPS: Bool = false, useDualStack: Bool = false,
        custom: String? = nil, allowInsecureEndpoint: Bool = false
    ) {
        self.endpointPrefix = endpointPrefix
        self.region = region
        self.useFIPS = useFIPS
        self.useDualStack = useDualStack
        self.custom = custom
        self.allowInsecureEndpoint = allowInsecureEndpoint
    }

    /// The endpoint, by the service's endpoint rules (Macie2's, which are those of every plain regional service).
    package func resolved() throws(EndpointFailure) -> EndpointURL {
        if let custom { return try resolved(custom) }
        guard let region else { throw .missingRegion }
        let partition = Partition(of: region)
        let label = useFIPS ? "\(endpointPrefix)-fips" : endpointPrefix
        let suffix = useDualStack ? partition.dualStackDNSSuffix : partition.dnsSuffix
        return EndpointURL(awsHost: "\(label).\(region).\(suffix)")
    }

    private func resolved(_ custom: String) throws(EndpointFailure) -> EndpointURL {
        guard !useFIPS else { throw .fipsWithCustomEndpoint }
        guard !useDualStack else { throw .dualStackWithCustomEndpoint }
        let url = try EndpointURL(parsing: custom)
        guard url.scheme == .https || url.isLoopback || allowInsecureEndpoint else { throw .insecure(url) }
        return url
    }
}
