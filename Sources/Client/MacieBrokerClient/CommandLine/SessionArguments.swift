internal import BrokerWire

/// What `macie-broker session` is asked, and a reader of the plainest way to ask it.
///
/// The whole process is to take a few milliseconds, and swift-argument-parser alone takes about two. So the plain form is
/// read here, and everything else is left to it: help, errors, other spellings. What this reader accepts the parser
/// accepts too, with the same meaning; the other way round it need not be so.
package struct SessionArguments: Sendable, Equatable {
    /// What `--timeout` accepts, in seconds: above 0, to a day.
    package static let timeoutRange = 0.001...Deadline.longestSeconds
    /// What `--max-age` accepts, in seconds: the protocol's own bounds.
    package static let maxAgeRange = SessionQuery.maxAgeRange

    package var profile: String?
    package var region: String?
    package var maxAgeSeconds: Int?
    package var isJSON = false
    package var socket: String?
    package var timeoutSeconds = BrokerClient.usualTimeoutSeconds

    package init() {}

    /// Reads `session` and pairs of `--name value`, each name once, each value plain; nil for anything else.
    package init?(plain arguments: some Collection<String>) {
        guard arguments.first == "session", !arguments.count.isMultiple(of: 2) else { return nil }
        var seen: [String] = []
        var rest = arguments.dropFirst()
        while let name = rest.popFirst(), let value = rest.popFirst() {
            guard !seen.contains(name), !value.isEmpty, !value.hasPrefix("-"), take(name, value) else { return nil }
            seen.append(name)
        }
    }

    private mutating func take(_ name: String, _ value: String) -> Bool {
        switch name {
        case "--profile": profile = value
        case "--region": region = value
        case "--socket": socket = value
        case "--output":
            guard value == "json" || value == "text" else { return false }
            isJSON = value == "json"
        case "--max-age":
            guard let seconds = Self.plainInteger(value), Self.maxAgeRange.contains(Int64(seconds)) else {
                return false
            }
            maxAgeSeconds = seconds
        case "--timeout":
            guard let seconds = Self.plainInteger(value).map(Double.init), Self.timeoutRange.contains(seconds) else {
                return false
            }
            timeoutSeconds = seconds
        default: return false
        }
        return true
    }

    private static func plainInteger(_ text: String) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}
