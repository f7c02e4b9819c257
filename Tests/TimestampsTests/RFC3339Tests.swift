import Testing
import Timestamps

@Suite struct RFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, 0), ("1970-01-01t00:00:01z", 1, 0), ("1970-01-01T01:00:00+01:00", 0, 0),
        ("1969-12-31T23:30:00-00:30", 0, 0), ("1970-01-01T00:00:00.5Z", 0, 500_000_000),
        ("1970-01-01T00:00:00.0000000009Z", 0, 0), ("1970-01-01T00:00:00.25+00:00", 0, 250_000_000),
    ])
    func `an instant is read with its fraction and its zone`(text: String, seconds: Int64, nanoseconds: Int32) {
        #expect(Timestamp(parsingRFC3339: text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        "", "Z", "1970-01-01", "1970-01-01T00:00Z", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z",
        "19700101T000000Z", "19700101T0000000000Z", "1970-01-01T00:00:00+0100", "1970-01-01T00:00:00+01",
        "1970-01-01T00:00:00GMT", "1970-01-01T00:00:00 UTC", "1970-01-01T00:00:00.Z", "1970-02-29T00:00:00Z",
        "1970-01-01T24:00:00Z", "1970-01-01T23:59:60Z", "1970-01-01T00:00:00Z ", " 1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+01:60", "0000-01-01T00:00:00Z", "1970-01-01T00:00:00é",
        "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00z+01:00",
    ])
    func `what RFC 3339 does not allow is no instant`(text: String) {
        #expect(Timestamp(parsingRFC3339: text) == nil)
    }
}
