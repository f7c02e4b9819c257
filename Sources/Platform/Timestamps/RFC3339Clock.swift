/// Writes instants that follow each other closely as RFC 3339: the text of a second is made once and kept.
package struct RFC3339Clock: Sendable {
    private var second: Int64?
    /// `2020-12-02T22:39:41`, for the second above.
    private var text: [UInt8] = []

    package init() {}

    /// Appends what `Timestamp.rfc3339` would say, to the millisecond and always with three digits.
    package mutating func append(_ instant: Timestamp, to out: inout [UInt8]) {
        if second != instant.seconds {
            second = instant.seconds
            text.removeAll(keepingCapacity: true)
            Timestamp(seconds: instant.seconds).appendRFC3339(to: &text)
            text.removeLast()
        }
        out.append(contentsOf: text)
        out.append(UInt8(ascii: "."))
        var rest = instant.nanoseconds / 1_000_000
        var scale: Int32 = 100
        while scale > 0 {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / scale))
            rest %= scale
            scale /= 10
        }
        out.append(UInt8(ascii: "Z"))
    }
}
