import AWSRuntime
import Testing

@testable import HTTPTransport

/// Which route is taken, as a table: no network.
struct ProxyRulesTests {
    private static let proxied = "http://proxy.test:3128"

    @Test(arguments: [
        ("https://macie2.us-east-1.amazonaws.com", ["HTTPS_PROXY": proxied], true),
        ("https://macie2.us-east-1.amazonaws.com", ["https_proxy": proxied], true),
        ("https://macie2.us-east-1.amazonaws.com", ["HTTP_PROXY": proxied, "ALL_PROXY": proxied], false),
        ("https://macie2.us-east-1.amazonaws.com", ["HTTPS_PROXY": ""], false),
        ("http://moto.test", ["HTTP_PROXY": proxied], true),
        ("http://moto.test", ["http_proxy": proxied], true),
        ("http://moto.test", ["HTTPS_PROXY": proxied], false),
        ("http://moto.test", ["HTTP_PROXY": proxied, "NO_PROXY": "*"], false),
        ("http://moto.test", ["HTTP_PROXY": proxied, "no_proxy": "", "NO_PROXY": "moto.test"], false),
        ("http://moto.test", ["HTTP_PROXY": proxied, "no_proxy": "other.test", "NO_PROXY": "moto.test"], true),
        ("http://127.0.0.1:5000", ["HTTP_PROXY": proxied], false),
        ("http://127.8.8.8", ["HTTP_PROXY": proxied], false),
        ("http://localhost:5000", ["HTTP_PROXY": proxied], false),
        ("https://[::1]:5000", ["HTTPS_PROXY": proxied], false),
    ])
    func `the scheme's own variable is taken, and loopback is spared`(
        url: String, environment: [String: String], proxied: Bool
    ) throws {
        let route = try ProxyRules(environment: environment).route(to: EndpointURL(parsing: url))
        #expect((route != .direct) == proxied)
    }

    @Test(arguments: [
        ("example.com", "example.com", true), ("example.com", "a.example.com", true),
        (".example.com", "a.example.com", true), (".example.com", "example.com", true),
        ("EXAMPLE.com", "a.example.com", true), ("example.com", "notexample.com", false),
        ("example.com", "example.com.test", false), ("a.com, example.com b.com", "example.com", true),
        ("example.com:443", "example.com", true), ("example.com:80", "example.com", false),
        ("example.com:x", "example.com", false), ("*", "example.com", true), ("*:80", "example.com", false),
        ("", "example.com", false), (",.,", "example.com", false),
        ("10.0.0.1", "10.0.0.1", true), ("10.0.0.1:443", "10.0.0.1", true), ("0.0.1", "10.0.0.1", false),
        ("1.0.0.1", "11.0.0.1", false), ("2001:db8::1", "2001:db8:0::1", true),
        ("[2001:db8::1]:443", "2001:db8::1", true), ("[2001:db8::1]:80", "2001:db8::1", false),
        ("[2001:db8::1]", "2001:db8::1", true), ("[", "2001:db8::1", false),
    ])
    func `NO_PROXY names hosts, suffixes, addresses and ports`(list: String, host: String, covered: Bool) {
        #expect(NoProxyList(parsing: list).covers(host: host, port: 443) == covered)
    }

    @Test(arguments: [
        ("proxy.test", "proxy.test:80"), ("proxy.test:3128", "proxy.test:3128"),
        ("HTTP://Proxy.test:3128/", "proxy.test:3128"), ("http://me:canary@[2001:db8::1]:8080", "2001:db8::1:8080"),
        ("http://me:c@nary@proxy.test", "proxy.test:80"), ("me%3Ayou@proxy.test", "proxy.test:80"),
    ])
    func `a proxy is an http URL, or a host and port`(text: String, description: String) throws {
        let address = try ProxyAddress(parsing: text)
        #expect(address.description == description)
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("nary") && !String(reflecting: address).contains("nary"))
    }

    @Test(arguments: [
        "https://proxy.test", "socks5://proxy.test:1080", "http://", "http://proxy.test/canary",
        "http://canary:80:80", "http://a%4:canary@proxy.test", "http://a:%ffcanary@proxy.test",
        "http://proxy.test:99999",
    ])
    func `a proxy that cannot be used is refused by its variable's name alone`(text: String) {
        let failure = #expect(throws: HTTPTransportFailure.self) { try ProxyRules(environment: ["HTTPS_PROXY": text]) }
        let told = failure?.description ?? ""
        #expect(told.contains("HTTPS_PROXY") && !told.contains("canary"), "\(told)")
    }
}
