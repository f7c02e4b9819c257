import AWSRuntime
import AsyncHTTPClient

/// An HTTP proxy: `[http://][user[:password]@]host[:port][/]`. Its user information is never part of a text.
struct ProxyAddress: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    struct Unusable: Error {
        /// Never repeats the address.
        let why: String
    }

    private struct UserInformation: Hashable {
        let name: String
        let password: String
    }

    let host: String
    /// 80 when left out: the http scheme's own.
    let port: Int
    private let user: UserInformation?

    init(parsing text: String) throws(Unusable) {
        let rest = try Self.withoutScheme(text)
        let at = rest.lastIndex(of: "@")
        let authority = at.map { rest[rest.index(after: $0)...] } ?? rest
        let url: EndpointURL
        do {
            url = try EndpointURL(parsing: "http://\(authority)")
        } catch {
            throw Unusable(why: error.description)
        }
        guard url.basePath.isEmpty else { throw Unusable(why: "it must not have a path") }
        host = url.host
        port = url.effectivePort
        user = try at.map { at throws(Unusable) in try Self.userInformation(in: rest[..<at]) }
    }

    var description: String { "\(host):\(port)" }

    var customMirror: Mirror { Mirror(self, children: ["host": host, "port": port]) }

    var proxy: HTTPClient.Configuration.Proxy {
        .server(
            host: host, port: port,
            authorization: user.map { .basic(username: $0.name, password: $0.password) })
    }
}

extension ProxyAddress {
    private static func withoutScheme(_ text: String) throws(Unusable) -> Substring {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return text[...] }
        guard parts[0].lowercased() == "http" else {
            throw Unusable(why: "it must be an http:// URL; a proxy spoken to over TLS or SOCKS is not supported")
        }
        return parts[1]
    }

    private static func userInformation(in text: Substring) throws(Unusable) -> UserInformation {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return UserInformation(
            name: try percentDecoded(parts[0]), password: parts.count == 2 ? try percentDecoded(parts[1]) : "")
    }

    /// RFC 3986 2.1.
    private static func percentDecoded(_ text: Substring) throws(Unusable) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let decoded = UInt8(digits, radix: 16)
            else { throw Unusable(why: "a \"%\" in its user information is not followed by two hexadecimal digits") }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw Unusable(why: "its user information is not UTF-8")
        }
        return decoded
    }
}
