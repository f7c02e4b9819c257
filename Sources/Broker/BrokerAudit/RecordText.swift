/// Texts inside records: escaped, so that a record stays one line whatever they hold, and of bounded length.
enum RecordText {
    /// Bytes of UTF-8 before escaping. PATH_MAX, the longest thing that the kernel tells of a caller; what is longer is cut
    /// and ends in an ellipsis.
    static let longest = 4_096

    /// Appends `name`, which comes with its comma, quotes and colon, and the value in quotes.
    static func append(_ name: StaticString, _ value: String, to out: inout LineBuffer) {
        out.append(name)
        out.appendQuoted(value.utf8.count <= longest ? value : clipped(value))
    }

    /// The same for a number.
    static func append(
        _ name: StaticString, _ value: some FixedWidthInteger & UnsignedInteger, to out: inout LineBuffer
    ) {
        out.append(name)
        out.append(UInt64(truncatingIfNeeded: value))
    }

    private static func clipped(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= longest - 3 else { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }
}
