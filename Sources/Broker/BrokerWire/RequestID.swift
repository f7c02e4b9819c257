internal import JSONText

/// A request's id as JSON-RPC 2.0 allows it here: a string of 1 to 128 bytes, or an integer that every JSON parser keeps
/// exactly (RFC 8259, section 6: −(2⁵³−1) to 2⁵³−1).
package enum RequestID: Sendable, Hashable {
    case integer(Int64)
    case string(String)

    package static let integers: ClosedRange<Int64> = -9_007_199_254_740_991...9_007_199_254_740_991
    /// Bytes of UTF-8; longer ids buy a client nothing and cost the broker a copy in every record.
    package static let stringBytes = 1...128

    /// Appends the id as JSON.
    package func write(to out: inout [UInt8]) {
        switch self {
        case .integer(let value): JSONText.append(value, to: &out)
        case .string(let value): JSONText.appendQuoted(value, to: &out)
        }
    }
}
