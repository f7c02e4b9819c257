import Glibc

/// A literal IP address, in network byte order, read as strictly as inet_pton(3): four decimal parts, no "127.1".
package enum IPAddress: Sendable, Hashable {
    /// 4 bytes.
    case v4([UInt8])
    /// 16 bytes.
    case v6([UInt8])

    package init?(_ text: String) {
        if let bytes = Self.parse(text, family: AF_INET, count: 4) {
            self = .v4(bytes)
        } else if let bytes = Self.parse(text, family: AF_INET6, count: 16) {
            self = .v6(bytes)
        } else {
            return nil
        }
    }

    /// 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        switch self {
        case .v4(let bytes): bytes.first == 127
        case .v6(let bytes): bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
        }
    }

    private static func parse(_ text: String, family: Int32, count: Int) -> [UInt8]? {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        // SAFETY: inet_pton writes 4 or 16 bytes for the two families; `bytes` has exactly that many.
        let result = unsafe bytes.withUnsafeMutableBytes { unsafe inet_pton(family, text, $0.baseAddress) }
        return result == 1 ? bytes : nil
    }
}
