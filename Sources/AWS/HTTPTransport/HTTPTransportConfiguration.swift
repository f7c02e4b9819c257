/// What the transport is told once, at start.
package struct HTTPTransportConfiguration: Sendable {
    /// A PEM file of the authorities to trust INSTEAD of the system's. When nil, `AWS_CA_BUNDLE` of the environment is
    /// taken, as AWS's own tools do (https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html).
    package var caBundlePath: String?

    /// The longest response body that is accepted, in bytes: 1 MiB. A Macie session is about 300.
    package var maximumResponseBytes: Int

    /// Where HTTPS_PROXY, HTTP_PROXY, NO_PROXY and AWS_CA_BUNDLE are looked up.
    package var environment: [String: String]

    /// Whether connections are kept for the next exchange. Where answers hold keys they are not: what a connection has
    /// buffered goes with it.
    package var keepsConnections: Bool

    package init(
        caBundlePath: String? = nil, maximumResponseBytes: Int = 1 << 20, environment: [String: String] = [:],
        keepsConnections: Bool = true
    ) {
        self.keepsConnections = keepsConnections
        self.caBundlePath = caBundlePath
        self.maximumResponseBytes = maximumResponseBytes
        self.environment = environment
    }

    var effectiveCABundlePath: String? {
        if let caBundlePath { return caBundlePath }
        guard let path = environment["AWS_CA_BUNDLE"], !path.isEmpty else { return nil }
        return path
    }
}

/// Why there can be no transport. The texts are for the operator and never repeat a proxy's URL: it may hold a password.
package enum HTTPTransportFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case caBundle(path: String, why: String)
    case proxy(variable: String, why: String)

    package var description: String {
        switch self {
        case .caBundle(let path, let why): "the CA bundle \(path) cannot be used: \(why)"
        case .proxy(let variable, let why): "the proxy named by \(variable) cannot be used: \(why)"
        }
    }
}
