import Testing
import Timestamps

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2020-12-02T22:39:41Z", "2020-12-02T22:39:41Z"),
        ("2020-12-02T22:39:41.93Z", "2020-12-02T22:39:41.930Z"),
        ("2020-12-02T22:39:41.930123Z", "2020-12-02T22:39:41.930123Z"),
        ("2020-12-02T22:39:41.000000001Z", "2020-12-02T22:39:41.000000001Z"),
        ("2020-12-02T22:39:41.0000000019Z", "2020-12-02T22:39:41.000000001Z"),
        ("2020-12-02T17:39:41-05:00", "2020-12-02T22:39:41Z"),
        ("2020-12-02T17:39:41-0500", "2020-12-02T22:39:41Z"),
        ("2020-12-03T00:39:41+02", "2020-12-02T22:39:41Z"),
        ("2020-12-02t22:39:41z", "2020-12-02T22:39:41Z"),
        ("2020-12-02 22:39:41", "2020-12-02T22:39:41Z"),
        ("2020-12-02T22:39:41.123456", "2020-12-02T22:39:41.123456Z"),
        ("2020-12-02T22:39Z", "2020-12-02T22:39:00Z"),
        ("20201202T223941Z", "2020-12-02T22:39:41Z"),
        ("2020-12-02T22:39:41GMT", "2020-12-02T22:39:41Z"),
        ("2020-12-02", "2020-12-02T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
    ])
    func `ISO 8601 as AWS writes it is read and written back in UTC`(text: String, expected: String) {
        #expect(Timestamp(parsingISO8601: text)?.rfc3339 == expected)
    }

    @Test(arguments: [
        "", " ", "Z", "2020", "2020-12", "2020-13-01T00:00:00Z", "2020-12-32T00:00:00Z", "2023-02-29T00:00:00Z",
        "2020-12-02T25:00:00Z", "2020-12-02T22:60:00Z", "2020-12-02T22:39:60Z", "2020-337", "+2020-12-02T22:39:41Z",
        "2020-12-02T22:39:41.Z", "2020-12-02T22:39:41ZZ", "2020-12-02T22:39:41+24:00", "2020-12-02T22:39:41+1",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "20201202T22:39:41Z",
        "2020-1202T223941Z", "２020-12-02T22:39:41Z", "2020-12-02T22:39:41 Z",
    ])
    func `what is no date and time is refused`(text: String) {
        #expect(Timestamp(parsingISO8601: text) == nil)
    }

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func `all three forms of an HTTP date are read`(text: String) {
        #expect(Timestamp(parsingHTTPDate: text) == Timestamp(seconds: 784_111_777))
    }

    @Test(arguments: [
        "", "Sun", "Sun, 06 Nov 1994", "06 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov +994 08:49:37 GMT",
    ])
    func `what is no HTTP date is refused`(text: String) {
        #expect(Timestamp(parsingHTTPDate: text) == nil)
    }

    @Test func `the forms that signing and headers need are exact`() {
        let instant = Timestamp(seconds: 1_440_938_160, nanoseconds: 5)
        #expect(instant.basicISO8601 == "20150830T123600Z")
        #expect(instant.basicDate == "20150830")
        #expect(instant.httpDate == "Sun, 30 Aug 2015 12:36:00 GMT")
    }

    @Test func `every day from year 1 to 9999 survives the way there and back`() {
        var day = CivilDate.firstSecond
        var broken = 0
        while day <= CivilDate.lastSecond {
            if CivilDate(secondsSinceEpoch: day).secondsSinceEpoch != day { broken += 1 }
            day += 86_400 * 13 + 3_661
        }
        #expect(broken == 0)
    }

    @Test func `adding and subtracting agree and stay within four-digit years`() {
        let start = Timestamp(seconds: 100, nanoseconds: 900_000_000)
        #expect(start.adding(seconds: 0.2) == Timestamp(seconds: 101, nanoseconds: 100_000_000))
        #expect(start.adding(seconds: -1.5) == Timestamp(seconds: 99, nanoseconds: 400_000_000))
        #expect(start.adding(seconds: 2.5).secondsSince(start) == 2.5)
        #expect(start.adding(seconds: .infinity).rfc3339.hasPrefix("9999"))
    }
}

@Suite struct RFC3339ClockTests {
    @Test func `a clock writes every instant to the millisecond, whichever came before`() {
        var clock = RFC3339Clock()
        for (instant, expected) in [
            (Timestamp(seconds: 0), "1970-01-01T00:00:00.000Z"),
            (Timestamp(seconds: 0, nanoseconds: 1_999_999), "1970-01-01T00:00:00.001Z"),
            (Timestamp(seconds: 1, nanoseconds: 999_999_999), "1970-01-01T00:00:01.999Z"),
            (Timestamp(seconds: 0, nanoseconds: 500_000_000), "1970-01-01T00:00:00.500Z"),
        ] {
            var out: [UInt8] = []
            clock.append(instant, to: &out)
            #expect(String(decoding: out, as: UTF8.self) == expected)
        }
    }

    @Test func `whole milliseconds cut off what is below`() {
        #expect(Timestamp(seconds: 7, nanoseconds: 1_999_999).wholeMilliseconds.rfc3339 == "1970-01-01T00:00:07.001Z")
    }
}
