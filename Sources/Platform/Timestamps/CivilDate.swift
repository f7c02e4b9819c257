/// A date and time of day in the proleptic Gregorian calendar, UTC: the fields a person reads.
///
/// The conversions are Howard Hinnant's days_from_civil and civil_from_days (chrono-Compatible Low-Level Date Algorithms).
package struct CivilDate: Sendable, Equatable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int

    /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the first and last second that four digits can write.
    package static let firstSecond: Int64 = -62_135_596_800
    package static let lastSecond: Int64 = 253_402_300_799

    package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// The fields of `seconds` since 1970-01-01T00:00:00Z.
    package init(secondsSinceEpoch seconds: Int64) {
        let held = min(max(seconds, Self.firstSecond), Self.lastSecond)
        let shifted = held - Self.firstSecond
        let secondOfDay = Int(shifted % 86_400)
        let days = Int(shifted / 86_400) + 306  // days since 0000-03-01
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = secondOfDay / 3_600
        minute = secondOfDay % 3_600 / 60
        second = secondOfDay % 60
    }

    /// Seconds since 1970-01-01T00:00:00Z, or nil when a field is out of its range. A leap second (60) is not accepted.
    package var secondsSinceEpoch: Int64? {
        guard (1...9_999).contains(year), (1...12).contains(month),
            (1...Self.days(inMonth: month, of: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second)
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 306
        return Int64(days) * 86_400 + Int64(hour * 3_600 + minute * 60 + second) + Self.firstSecond
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }
}
