package import JSONText
package import Timestamps

extension Timestamp {
    /// An instant in any form that AWS's JSON services are known to write it: a number of seconds since 1970, the same
    /// in a string, ISO 8601 (without a zone it is UTC; a comma before the fraction and a blank before the zone are let
    /// pass), and the dates of HTTP and of ctime(3).
    package init?(awsJSON value: JSONValue) {
        switch value {
        case .number(let number):
            self.init(secondsText: number.text)
        case .string(let string):
            let text = HeaderText.trimmed(string)
            let number = Timestamp(secondsText: text)  // first: "20201202" is a number to the SDKs, too
            guard
                let instant = number ?? Timestamp(parsingISO8601: Self.tidied(text))
                    ?? Timestamp(parsingHTTPDate: text)
            else { return nil }
            self = instant
        case .null, .bool, .array, .object:
            return nil
        }
    }

    private static func tidied(_ text: String) -> String {
        var tidied = text.map { $0 == "," ? "." : $0 }
        if let blank = tidied.lastIndex(of: " "), blank >= "2020-12-02T22:39".count { tidied.remove(at: blank) }
        return String(tidied)
    }

    /// Decimal seconds since 1970, rounded to the microsecond, which is what a Double still tells apart today.
    private init?(secondsText text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }),
            let seconds = Double(text), seconds >= Self.first, seconds < Self.afterLast
        else { return nil }
        let whole = seconds.rounded(.down)
        let microseconds = ((seconds - whole) * 1e6).rounded()
        self = Timestamp(seconds: Int64(whole)).adding(seconds: microseconds / 1e6)
    }

    /// 0001-01-01T00:00:00Z.
    private static let first = -62_135_596_800.0
    /// 10000-01-01T00:00:00Z.
    private static let afterLast = 253_402_300_800.0
}
