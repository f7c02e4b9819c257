extension Timestamp {
    /// Reads ISO 8601 as AWS services are seen to write it, which is RFC 3339 and a little more:
    /// extended (`2020-12-02T22:39:41.93Z`) or basic (`20201202T223941Z`); `T`, `t` or one space; seconds may be left out; a
    /// fraction of 1 to 9 digits (more are cut); the zone `Z`, `z`, `GMT`, `UTC`, ±hh, ±hhmm or ±hh:mm, and none means UTC.
    ///
    /// - Returns: nil for anything else, for a field out of its range, and for years outside 0001 to 9999.
    package init?(parsingISO8601 text: String) {
        var scan = DigitScanner(text)
        guard let date = scan.calendarDate() else { return nil }
        var fields = date.fields
        var nanoseconds: Int32 = 0
        var offset: Int64 = 0
        if !scan.isAtEnd {
            guard scan.skip("T") || scan.skip("t") || scan.skip(" "),
                scan.timeOfDay(into: &fields, extended: date.extended, nanoseconds: &nanoseconds),
                let zone = scan.zoneOffset(), scan.isAtEnd
            else { return nil }
            offset = zone
        }
        guard let local = fields.secondsSinceEpoch else { return nil }
        let seconds = local - offset
        guard (CivilDate.firstSecond...CivilDate.lastSecond).contains(seconds) else { return nil }
        self.init(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// Reads a date as HTTP headers carry it: IMF-fixdate, and the two old forms that RFC 9110, 5.6.7 obliges recipients
    /// to accept (RFC 850 with a two-digit year, asctime). The name of the weekday is not checked against the date.
    package init?(parsingHTTPDate text: String) {
        var words = text.split(separator: " ").map(String.init)
        guard let weekday = words.first, HTTPDateWords.weekdays.contains(String(weekday.prefix(3))) else { return nil }
        words.removeFirst()
        if words.last == "GMT" || words.last == "UTC" { words.removeLast() }
        if words.count == 2 { words = words[0].split(separator: "-").map(String.init) + words.dropFirst() }
        guard words.count == 4 else { return nil }
        let isAsctime = HTTPDateWords.months.contains(words[0])
        let (day, month, year, time) =
            isAsctime ? (words[1], words[0], words[3], words[2]) : (words[0], words[1], words[2], words[3])
        guard let monthIndex = HTTPDateWords.months.firstIndex(of: month), let dayNumber = Int(day),
            var yearNumber = Int(year), year.utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        if year.utf8.count == 2 { yearNumber += yearNumber < 70 ? 2_000 : 1_900 }
        var fields = CivilDate(year: yearNumber, month: monthIndex + 1, day: dayNumber)
        var scan = DigitScanner(time)
        var fraction: Int32 = 0
        guard scan.timeOfDay(into: &fields, extended: true, nanoseconds: &fraction), scan.isAtEnd, fraction == 0,
            let seconds = fields.secondsSinceEpoch
        else { return nil }
        self.init(seconds: seconds)
    }
}

/// A cursor over ASCII text that takes fixed numbers of digits. Never reads past the end, never traps.
private struct DigitScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ word: String) -> Bool {
        let wanted = Array(word.utf8)
        guard bytes.count - position >= wanted.count, Array(bytes[position..<position + wanted.count]) == wanted else {
            return false
        }
        position += wanted.count
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard bytes.count - position >= count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        position += count
        return value
    }

    /// `2020-12-02` or `20201202`; says which, for the time has to follow suit.
    mutating func calendarDate() -> (fields: CivilDate, extended: Bool)? {
        guard let year = digits(4) else { return nil }
        let extended = skip("-")
        guard let month = digits(2), extended == skip("-"), let day = digits(2) else { return nil }
        return (CivilDate(year: year, month: month, day: day), extended)
    }

    mutating func timeOfDay(into fields: inout CivilDate, extended: Bool, nanoseconds: inout Int32) -> Bool {
        guard let hour = digits(2), extended == skip(":"), let minute = digits(2) else { return false }
        (fields.hour, fields.minute) = (hour, minute)
        if extended {
            guard skip(":") else { return true }
            guard let second = digits(2) else { return false }
            fields.second = second
        } else {
            guard let second = digits(2) else { return true }
            fields.second = second
        }
        guard skip(".") else { return true }
        var scale: Int32 = 100_000_000
        var seen = 0
        while let digit = digits(1) {
            nanoseconds += Int32(digit) * scale
            scale /= 10
            seen += 1
        }
        return seen > 0
    }

    /// Seconds east of UTC; 0 when there is no zone; nil when what follows is none.
    mutating func zoneOffset() -> Int64? {
        if isAtEnd || skip("Z") || skip("z") || skip("GMT") || skip("UTC") { return 0 }
        let sign: Int64 = skip("+") ? 1 : -1
        guard sign == 1 || skip("-"), let hours = digits(2), hours <= 23 else { return nil }
        let minutes: Int
        if isAtEnd {
            minutes = 0
        } else {
            _ = skip(":")
            guard let read = digits(2), read <= 59 else { return nil }
            minutes = read
        }
        return sign * Int64(hours * 3_600 + minutes * 60)
    }
}
