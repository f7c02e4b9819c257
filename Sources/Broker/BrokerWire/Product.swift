/// What the programs of this package call themselves.
package enum Product {
    package static let name = "macie-broker"
    /// Semantic versioning; the protocol has a number of its own.
    package static let version = "0.1.0"
    package static let protocolVersion = 1
}
