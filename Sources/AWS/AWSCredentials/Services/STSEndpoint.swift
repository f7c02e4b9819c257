package import AWSRuntime

/// Where STS is called, and for which region the call is signed, by the service's own endpoint rules: those of a plain
/// regional service with three exceptions.
package struct STSEndpoint: Sendable, Equatable {
    package let url: EndpointURL
    package let signingRegion: Region

    /// `usesGlobal` is `sts_regional_endpoints = legacy`: the regions that are older than the setting share the endpoint of
    /// us-east-1.
    package init(_ request: EndpointRequest, usesGlobal: Bool = false) throws(EndpointFailure) {
        guard request.custom == nil, let region = request.region, let global = Region("us-east-1") else {
            url = try request.resolved()
            guard let region = request.region ?? Region("us-east-1") else { throw .missingRegion }
            signingRegion = region
            return
        }
        let isPlain = !request.useFIPS && !request.useDualStack
        if isPlain, region.name == "aws-global" || usesGlobal && Self.legacyRegions.contains(region.name) {
            url = try EndpointURL(parsing: "https://sts.amazonaws.com")
            signingRegion = global
            return
        }
        var request = request
        // In GovCloud the plain endpoints are the FIPS ones.
        if request.useFIPS, !request.useDualStack, Partition(of: region) == .govCloud { request.useFIPS = false }
        url = try request.resolved()
        signingRegion = region
    }

    private static let legacyRegions: Set<String> = [
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global", "ca-central-1",
        "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2",
        "us-west-1", "us-west-2",
    ]
}
