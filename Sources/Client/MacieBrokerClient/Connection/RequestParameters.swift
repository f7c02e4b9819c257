internal import JSONText

/// What a request says beside its method.
enum RequestParameters: Sendable {
    case none
    case object(JSONObject)
    /// A JSON object that the closure appends, in so many bytes at the most: for what is to be in no text on its way.
    case written(bytesAtMost: Int, @Sendable (inout [UInt8]) -> Void)

    /// Appends `,"params":` and them, or nothing.
    func write(to line: inout [UInt8]) {
        switch self {
        case .none: return
        case .object(let object):
            JSONText.append(",\"params\":", to: &line)
            object.write(to: &line)
        case .written(_, let write):
            JSONText.append(",\"params\":", to: &line)
            write(&line)
        }
    }

    /// Room for them that lets a line of secrets grow without moving, which would leave a copy behind.
    var room: Int {
        switch self {
        case .none, .object: 0
        case .written(let bytesAtMost, _): bytesAtMost
        }
    }

    /// Appends UTF-8 as a JSON string, without a text in between.
    static func appendQuoted(_ bytes: Span<UInt8>, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(bytes[index])
            case 0..<0x20:
                JSONText.append("\\u00", to: &line)
                line.append(hexDigit(bytes[index] >> 4))
                line.append(hexDigit(bytes[index] & 0xF))
            default: line.append(bytes[index])
            }
        }
        line.append(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
