internal import Timestamps

/// The time of a signature in the basic form of ISO 8601, such as `20150830T123600Z`.
struct SigningTime {
    let text: String

    /// The time of `instant`, on `date`, which is its day as its signing key has it.
    init(_ instant: Timestamp, date: String) {
        let rest = Int(instant.seconds % 86_400)
        let second = rest < 0 ? rest + 86_400 : rest
        var out = ByteText(room: 16)
        out.append(date)
        out.append(UInt8(ascii: "T"))
        out.appendTwoDigits(second / 3_600)
        out.appendTwoDigits(second / 60 % 60)
        out.appendTwoDigits(second % 60)
        out.append(UInt8(ascii: "Z"))
        text = out.text
    }
}

extension ByteText {
    /// - Parameter number: 0 to 59.
    fileprivate mutating func appendTwoDigits(_ number: Int) {
        append(UInt8(ascii: "0") + UInt8(number / 10))
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
