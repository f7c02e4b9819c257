/// The one place where bytes are escaped for a canonical request (RFC 3986, 2.1, with upper-case digits).
///
/// Unreserved characters (letters, digits, "-", ".", "_", "~") stand for themselves and all else becomes "%XX": a space
/// is never "+", "*" is "%2A". Source: AWS, "Create a signed AWS API request", the function UriEncode.
package enum URIEncoding {
    /// Every byte but the unreserved ones as "%XX": for a form's names and values, and for a query.
    package static func escaped(_ text: Span<UInt8>) -> [UInt8] {
        var out = ByteText(room: text.count * 3)
        append(text, escapes: .escapedAgain, to: &out)
        return out.bytes
    }

    /// What becomes of escapes that are there already.
    enum Escapes {
        /// They are bytes like any other, "%20" becomes "%2520": AWS services escape the path they receive once more.
        case escapedAgain
        /// "%20" stays, "%7e" becomes "~", "%2a" becomes "%2A"; a "%" without two digits becomes "%25".
        case understood
    }

    static func append(
        _ bytes: Span<UInt8>, escapes: Escapes, keepingSlashes: Bool = false, to out: inout ByteText
    ) {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == percent, case .understood = escapes, let escaped = escape(in: bytes, at: index) {
                index += 2
                if isUnreserved(escaped) { out.append(escaped) } else { appendEscape(escaped, to: &out) }
            } else if isUnreserved(byte) || (byte == slash && keepingSlashes) {
                out.append(byte)
            } else {
                appendEscape(byte, to: &out)
            }
        }
    }

    /// The byte that the two digits at `index` stand for.
    private static func escape(in bytes: Span<UInt8>, at index: Int) -> UInt8? {
        guard bytes.count - index >= 2, let high = hexadecimalValue(bytes[index]),
            let low = hexadecimalValue(bytes[index + 1])
        else { return nil }
        return high << 4 | low
    }

    private static func appendEscape(_ byte: UInt8, to out: inout ByteText) {
        out.append(percent)
        out.append(upperDigit(byte >> 4))
        out.append(upperDigit(byte & 15))
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func hexadecimalValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func upperDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") - 10 + value
    }

    private static let percent = UInt8(ascii: "%")
    private static let slash = UInt8(ascii: "/")
}
