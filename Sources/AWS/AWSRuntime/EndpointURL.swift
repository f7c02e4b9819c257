/// Where to connect: a parsed http or https URL with neither user information, query nor fragment.
///
/// Host labels are not judged (the endpoint rules' `parseURL` does not either), only their characters; names are
/// lower case because the host is signed.
package struct EndpointURL: Sendable, Hashable, CustomStringConvertible {
    package enum Scheme: String, Sendable { case https, http }

    package let scheme: Scheme
    /// A name or an IPv4 address, or an IPv6 address without its brackets.
    package let host: String
    /// As written; nil when left out.
    package let port: Int?
    /// Empty, or begins with "/" and does not end with one: a request's path is appended to it.
    package let basePath: String

    /// - Throws: `EndpointFailure.notAnEndpointURL`, which never repeats the text (it may hold user information).
    package init(parsing text: String) throws(EndpointFailure) {
        let (scheme, rest) = try Self.scheme(of: text)
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        let (host, port) = try Self.hostAndPort(of: rest[..<end])
        self.scheme = scheme
        self.host = host
        self.port = port
        self.basePath = try Self.basePath(of: rest[end...])
    }

    /// For hosts that are right by construction: a resolved AWS endpoint.
    init(awsHost: String) {
        scheme = .https
        host = awsHost
        port = nil
        basePath = ""
    }

    /// The port to connect to.
    package var effectivePort: Int { port ?? scheme.defaultPort }

    /// The value of the Host header, and what is signed: the scheme's own port is left out (RFC 9110 7.2).
    package var hostHeader: String { effectivePort == scheme.defaultPort ? bracketedHost : authority }

    /// Host and port as given.
    package var authority: String { port.map { "\(bracketedHost):\($0)" } ?? bracketedHost }

    package var description: String { "\(scheme.rawValue)://\(authority)\(basePath)" }

    /// 127.0.0.0/8, ::1 or `localhost`: the only hosts plain http may speak to unasked.
    package var isLoopback: Bool { host == "localhost" || IPAddress(host)?.isLoopback == true }

    /// The link-local addresses at which a host's metadata service and its containers' agents answer.
    package var isMetadata: Bool { isContainerAgent || ["169.254.169.254", "fd00:ec2::254"].contains(host) }

    /// Those of the agents of ECS and EKS alone.
    package var isContainerAgent: Bool { ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"].contains(host) }

    private var bracketedHost: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host }
}

extension EndpointURL.Scheme {
    package var defaultPort: Int { self == .https ? 443 : 80 }
}

extension EndpointURL {
    private static func scheme(of text: String) throws(EndpointFailure) -> (Scheme, Substring) {
        for scheme in [Scheme.https, .http] {
            let prefix = "\(scheme.rawValue)://"
            guard HeaderText.isSameName(String(text.prefix(prefix.count)), prefix) else { continue }
            return (scheme, text.dropFirst(prefix.count))
        }
        throw .notAnEndpointURL("it must begin with https:// or http://")
    }

    private static func hostAndPort(of authority: Substring) throws(EndpointFailure) -> (String, Int?) {
        guard authority.utf8.first == UInt8(ascii: "[") else {
            let colon = authority.firstIndex(of: ":")
            let host = authority[..<(colon ?? authority.endIndex)]
            guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy(isHostByte) else {
                throw .notAnEndpointURL("its host is empty or holds a character no host has")
            }
            return (host.lowercased(), try colon.map { at throws(EndpointFailure) in try port(of: authority[at...]) })
        }
        guard let end = authority.firstIndex(of: "]") else { throw .notAnEndpointURL("a \"]\" is missing") }
        let host = authority[authority.index(after: authority.startIndex)..<end].lowercased()
        guard case .v6 = IPAddress(host) else { throw .notAnEndpointURL("\"[…]\" holds no IPv6 address") }
        let after = authority[authority.index(after: end)...]
        return (host, after.isEmpty ? nil : try port(of: after))
    }

    /// `:` and 1...65535.
    private static func port(of text: Substring) throws(EndpointFailure) -> Int {
        let digits = text.dropFirst()
        guard text.utf8.first == UInt8(ascii: ":"), (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits), (1...65535).contains(port)
        else { throw .notAnEndpointURL("its port is not a number from 1 to 65535") }
        return port
    }

    private static func basePath(of text: Substring) throws(EndpointFailure) -> String {
        guard text.utf8.allSatisfy(isPathByte) else {
            throw .notAnEndpointURL("its path holds a query, a fragment or a character that must be percent-encoded")
        }
        var path = text
        while path.utf8.last == UInt8(ascii: "/") { path = path.dropLast() }
        return String(path)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "-._".utf8.contains(byte)
    }

    /// RFC 3986 `pchar`, "/" and "%".
    private static func isPathByte(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "-._~!$&'()*+,;=:@/%".utf8.contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
