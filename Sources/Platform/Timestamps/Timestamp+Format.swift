extension Timestamp {
    /// RFC 3339 in UTC, such as `2020-12-02T22:39:41.930Z`: no fraction when it is zero, else 3, 6 or 9 digits.
    package var rfc3339: String { text { appendRFC3339(to: &$0) } }

    /// The same as `rfc3339`, appended as ASCII.
    package func appendRFC3339(to out: inout [UInt8]) {
        let date = CivilDate(secondsSinceEpoch: seconds)
        Self.append(date.year, digits: 4, to: &out)
        out.append(UInt8(ascii: "-"))
        Self.append(date.month, digits: 2, to: &out)
        out.append(UInt8(ascii: "-"))
        Self.append(date.day, digits: 2, to: &out)
        out.append(UInt8(ascii: "T"))
        Self.appendTime(of: date, separated: true, to: &out)
        appendFraction(to: &out)
        out.append(UInt8(ascii: "Z"))
    }

    /// The basic form of ISO 8601 that SigV4 signs, such as `20150830T123600Z`; the fraction is dropped.
    package var basicISO8601: String {
        text { out in
            let date = CivilDate(secondsSinceEpoch: seconds)
            Self.appendBasicDate(date, to: &out)
            out.append(UInt8(ascii: "T"))
            Self.appendTime(of: date, separated: false, to: &out)
            out.append(UInt8(ascii: "Z"))
        }
    }

    /// The day alone, such as `20150830`: the date of a SigV4 credential scope.
    package var basicDate: String {
        text { Self.appendBasicDate(CivilDate(secondsSinceEpoch: seconds), to: &$0) }
    }

    /// RFC 9110's IMF-fixdate, such as `Wed, 02 Dec 2020 22:39:41 GMT`; the fraction is dropped.
    package var httpDate: String {
        let date = CivilDate(secondsSinceEpoch: seconds)
        let days = (seconds - CivilDate.firstSecond) / 86_400  // 0001-01-01 was a Monday
        let weekday = HTTPDateWords.weekdays[Int(((days % 7) + 7) % 7)]
        let day = text { Self.append(date.day, digits: 2, to: &$0) }
        let year = text { Self.append(date.year, digits: 4, to: &$0) }
        let time = text { Self.appendTime(of: date, separated: true, to: &$0) }
        return "\(weekday), \(day) \(HTTPDateWords.months[date.month - 1]) \(year) \(time) GMT"
    }

    /// The instant with everything below a millisecond cut off: what people and records need.
    package var wholeMilliseconds: Timestamp {
        Timestamp(seconds: seconds, nanoseconds: nanoseconds - nanoseconds % 1_000_000)
    }
}

extension Timestamp {
    private func text(_ write: (inout [UInt8]) -> Void) -> String {
        var out: [UInt8] = []
        write(&out)
        return String(decoding: out, as: UTF8.self)
    }

    private func appendFraction(to out: inout [UInt8]) {
        guard nanoseconds != 0 else { return }
        out.append(UInt8(ascii: "."))
        let value = Int(nanoseconds)
        if value % 1_000_000 == 0 {
            Self.append(value / 1_000_000, digits: 3, to: &out)
        } else if value % 1_000 == 0 {
            Self.append(value / 1_000, digits: 6, to: &out)
        } else {
            Self.append(value, digits: 9, to: &out)
        }
    }

    private static func appendBasicDate(_ date: CivilDate, to out: inout [UInt8]) {
        append(date.year, digits: 4, to: &out)
        append(date.month, digits: 2, to: &out)
        append(date.day, digits: 2, to: &out)
    }

    private static func appendTime(of date: CivilDate, separated: Bool, to out: inout [UInt8]) {
        append(date.hour, digits: 2, to: &out)
        if separated { out.append(UInt8(ascii: ":")) }
        append(date.minute, digits: 2, to: &out)
        if separated { out.append(UInt8(ascii: ":")) }
        append(date.second, digits: 2, to: &out)
    }

    private static func append(_ value: Int, digits: Int, to out: inout [UInt8]) {
        var scale = 1
        for _ in 1..<digits { scale *= 10 }
        while scale > 0 {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / scale % 10))
            scale /= 10
        }
    }
}

/// The English names that RFC 9110, 5.6.7 fixes for dates in headers.
enum HTTPDateWords {
    static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
