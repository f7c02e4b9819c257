/// What the programs of this package call themselves.
package enum Product {
    package static let name = "macie-broker"
    /// Semantic versioning; the protocol has a number of its own.
    package static let version = "0.1.0"
    /// What AWS is told, and CloudTrail shows: RFC 9110, 10.1.5.
    package static let userAgent = "\(name)/\(version)"
    package static let protocolVersion = 1
}
