extension Timestamp {
    /// RFC 3339 in UTC, such as `2020-12-02T22:39:41.930Z`: no fraction when it is zero, else 3, 6 or 9 digits.
    package var rfc3339: String {
        let date = CivilDate(secondsSinceEpoch: seconds)
        let day = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        return "\(day)T\(padded(date.hour, 2)):\(padded(date.minute, 2)):\(padded(date.second, 2))\(fraction)Z"
    }

    /// The basic form of ISO 8601 that SigV4 signs, such as `20150830T123600Z`; the fraction is dropped.
    package var basicISO8601: String {
        let date = CivilDate(secondsSinceEpoch: seconds)
        return "\(basicDate)T\(padded(date.hour, 2))\(padded(date.minute, 2))\(padded(date.second, 2))Z"
    }

    /// The day alone, such as `20150830`: the date of a SigV4 credential scope.
    package var basicDate: String {
        let date = CivilDate(secondsSinceEpoch: seconds)
        return "\(padded(date.year, 4))\(padded(date.month, 2))\(padded(date.day, 2))"
    }

    /// RFC 9110's IMF-fixdate, such as `Wed, 02 Dec 2020 22:39:41 GMT`; the fraction is dropped.
    package var httpDate: String {
        let date = CivilDate(secondsSinceEpoch: seconds)
        let days = (seconds - CivilDate.firstSecond) / 86_400  // 0001-01-01 was a Monday
        let weekday = HTTPDateWords.weekdays[Int(((days % 7) + 7) % 7)]
        let time = "\(padded(date.hour, 2)):\(padded(date.minute, 2)):\(padded(date.second, 2))"
        return "\(weekday), \(padded(date.day, 2)) \(HTTPDateWords.months[date.month - 1]) \(padded(date.year, 4)) \(time) GMT"
    }

    private var fraction: String {
        guard nanoseconds != 0 else { return "" }
        let digits = padded(Int(nanoseconds), 9)
        if digits.hasSuffix("000000") { return "." + digits.prefix(3) }
        if digits.hasSuffix("000") { return "." + digits.prefix(6) }
        return "." + digits
    }

    private func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// The English names that RFC 9110, 5.6.7 fixes for dates in headers.
enum HTTPDateWords {
    static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
