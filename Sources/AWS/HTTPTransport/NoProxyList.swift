import AWSRuntime

/// The hosts that NO_PROXY takes out of the proxy's hands.
///
/// Entries are parted by commas or blanks. `*` covers every host; `example.com` and `.example.com` cover that name and
/// those below it; an IP address covers itself, however it is written; `:port` after any of them narrows it.
struct NoProxyList: Sendable {
    private let entries: [Entry]

    /// An entry that can match nothing (a port that is no number) is dropped, as other tools do.
    init(parsing text: String) {
        entries = text.split { ", \t".contains($0) }.compactMap { Entry(parsing: $0.lowercased()) }
    }

    /// Whether `host` (lower case; an IPv6 address without its brackets) is named, at this port.
    func covers(host: String, port: Int) -> Bool {
        let address = IPAddress(host)
        return entries.contains { $0.covers(host: host, address: address) && ($0.port ?? port) == port }
    }
}

private struct Entry: Sendable {
    let host: String
    let address: IPAddress?
    let port: Int?

    init?(parsing text: String) {
        let (name, port) = Self.split(text)
        if let port, Int(port) == nil { return nil }
        host = name.utf8.first == UInt8(ascii: ".") ? String(name.dropFirst()) : name
        address = IPAddress(host)
        self.port = port.flatMap { Int($0) }
        if host.isEmpty { return nil }
    }

    func covers(host other: String, address otherAddress: IPAddress?) -> Bool {
        if host == "*" { return true }
        if let otherAddress { return address == otherAddress }
        return other == host || other.hasSuffix("." + host)
    }

    /// `name`, `name:port`, `[v6]`, `[v6]:port`, or a bare v6 address, whose colons part no port.
    private static func split(_ text: String) -> (name: String, port: Substring?) {
        if text.utf8.first == UInt8(ascii: "["), let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...]
            return (String(text[..<end].dropFirst()), rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return (text, nil) }
        return (String(parts[0]), parts[1])
    }
}
