/// Why no endpoint could be named. The text is the operator's: it says what is wrong and, where we know, the remedy.
package enum EndpointFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason never repeats the text that was given.
    case notAnEndpointURL(String)
    case fipsWithCustomEndpoint
    case dualStackWithCustomEndpoint
    case missingRegion
    /// Plain http to a host that is not loopback.
    case insecure(EndpointURL)

    /// The endpoint rules' own words where they have some.
    package var description: String {
        switch self {
        case .notAnEndpointURL(let reason): "the endpoint is not a usable URL: \(reason)"
        case .fipsWithCustomEndpoint: "Invalid Configuration: FIPS and custom endpoint are not supported"
        case .dualStackWithCustomEndpoint: "Invalid Configuration: Dualstack and custom endpoint are not supported"
        case .missingRegion: "Invalid Configuration: Missing Region"
        case .insecure(let url):
            "the endpoint \(url) is plain http to a host that is not loopback: signed requests and their answers "
                + "would cross the network in the clear. Use https, or set allowInsecureEndpoint: true"
        }
    }
}
