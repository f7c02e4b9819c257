import AWSRuntime
import AsyncHTTPClient

/// How a host is reached.
enum ProxyRoute: Hashable {
    case direct
    /// Through a tunnel that the proxy opens (CONNECT): it sees neither the request nor, for https, the answer.
    case tunnel(ProxyAddress)

    var proxy: HTTPClient.Configuration.Proxy? {
        switch self {
        case .direct: nil
        case .tunnel(let address): address.proxy
        }
    }
}

/// Which hosts are reached through which proxy: the environment's HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
///
/// As curl and botocore read them: the lower-case name first, an empty value as none. Loopback is never proxied,
/// whatever they say, nor are the host's own services of metadata and container credentials: a broker's plain http must
/// not leave the host.
struct ProxyRules: Sendable {
    private let https: ProxyAddress?
    private let http: ProxyAddress?
    private let exceptions: NoProxyList

    init(environment: [String: String]) throws(HTTPTransportFailure) {
        https = try Self.address(in: environment, "https_proxy", "HTTPS_PROXY")
        http = try Self.address(in: environment, "http_proxy", "HTTP_PROXY")
        exceptions = NoProxyList(parsing: Self.setting(in: environment, ["no_proxy", "NO_PROXY"])?.text ?? "")
    }

    func route(to url: EndpointURL) -> ProxyRoute {
        let proxy =
            switch url.scheme {
            case .https: https
            case .http: http
            }
        guard let proxy, !url.isLoopback, !url.isMetadata, !exceptions.covers(host: url.host, port: url.effectivePort)
        else {
            return .direct
        }
        return .tunnel(proxy)
    }

    private static func address(
        in environment: [String: String], _ names: String...
    ) throws(HTTPTransportFailure) -> ProxyAddress? {
        guard let (name, text) = setting(in: environment, names) else { return nil }
        do {
            return try ProxyAddress(parsing: text)
        } catch {
            throw .proxy(variable: name, why: error.why)
        }
    }

    private static func setting(in environment: [String: String], _ names: [String]) -> (name: String, text: String)? {
        for name in names {
            if let text = environment[name], !text.isEmpty { return (name, text) }
        }
        return nil
    }
}
