import AWSRuntime
import JSONText
import TestSupport
import Testing

@Suite struct EndpointURLTests {
    @Test func `URLs parse as the endpoint rules' parseURL does`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("endpoints-extra/parse-url-cases.json")
        let cases = try #require(JSONValue(parsing: bytes, rules: .lenientAWS)["testCases"]?.array)
        for row in cases {
            let text = try #require(row["params"]?["Endpoint"]?.string)
            let expected = row["expect"]?["endpoint"]?["url"]?.string
            #expect((try? EndpointURL(parsing: text)).map(Self.ruled) == expected, "\(text)")
        }
        print("parse-url cases \(cases.count)")
    }

    /// What the cases' own rules (parse-url-rules.json) make of a URL.
    private static func ruled(_ url: EndpointURL) -> String {
        let origin = "\(url.scheme.rawValue)://\(url.authority)"
        if IPAddress(url.host) != nil { return "\(origin)\(url.basePath)/is-ip-addr" }
        if url.basePath == "/port" { return "\(origin)/uri-with-port" }
        let name = "https://\(url.scheme.rawValue)-\(url.authority)"
        return url.basePath.isEmpty ? "\(name)-nopath.example.com" : "\(name).example.com/path-is\(url.basePath)"
    }

    @Test(arguments: [
        "", "https://", "https:///x", "ftp://x", "x", "//x", "https://u:p@h", "https://h#f", "https://h?q",
        "https://h:", "https://h:0", "https://h:65536", "https://h:+1", "https://h:99999999999999999999",
        "https://h /", "https://h/ ", "https://h/\n", "https://[::1", "https://[::1]x", "https://[x]",
        "https://[fe80::1%25eth0]", "https://ho\u{301}st",
        "https://h\r\nx", "https://a:1:2", "https://\u{0}", "https://" + String(repeating: "a", count: 254),
    ])
    func `what is no endpoint is refused, without repeating it`(text: String) {
        let failure = #expect(throws: EndpointFailure.self) { try EndpointURL(parsing: text) }
        if text.count > 8 { #expect(failure?.description.contains(text.dropFirst(8)) == false) }
    }

    @Test(arguments: [
        ("https://Example.COM", "example.com", 443), ("https://example.com:443", "example.com", 443),
        ("http://example.com:80/", "example.com", 80), ("http://example.com:443", "example.com:443", 443),
        ("https://[::1]:8443/x/", "[::1]:8443", 8443), ("HTTPS://h_1.x:8443", "h_1.x:8443", 8443),
    ])
    func `the Host header is in lower case and leaves out the scheme's own port`(
        text: String, host: String, port: Int
    ) throws {
        let url = try EndpointURL(parsing: text)
        #expect(url.hostHeader == host && url.effectivePort == port)
    }

    @Test(
        arguments: [
            ("127.0.0.1", true), ("127.255.255.254", true), ("128.0.0.1", false), ("127.1", nil), ("127.0.0.01", nil),
            ("::1", true), ("0:0:0:0:0:0:0:1", true), ("::ffff:127.0.0.1", false), ("::", false), ("localhost", nil),
        ] as [(String, Bool?)])
    func `addresses are read strictly`(text: String, isLoopback: Bool?) {
        #expect(IPAddress(text)?.isLoopback == isLoopback)
    }
}
