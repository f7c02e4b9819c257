import Timestamps

/// How long a server asks to be left alone.
enum RetryAfter {
    /// More than a day is told as a day.
    static let longest = 86_400.0

    /// Seconds: `x-amz-retry-after` (milliseconds) where AWS sends it, else `Retry-After` (RFC 9110 10.2.3: seconds, or
    /// a date, counted from the answer's own `Date` where it has one). nil when neither makes sense.
    static func seconds(asked response: HTTPExchangeResponse, at now: Timestamp) -> Double? {
        if let text = response.header("x-amz-retry-after"), let milliseconds = wholeNumber(text) {
            return min(Double(milliseconds) / 1000, longest)
        }
        guard let text = response.header("retry-after") else { return nil }
        if let seconds = wholeNumber(text) { return min(Double(seconds), longest) }
        let sent = response.header("date").flatMap { Timestamp(parsingHTTPDate: $0) } ?? now
        return Timestamp(parsingHTTPDate: text).map { min(max($0.secondsSince(sent), 0), longest) }
    }

    private static func wholeNumber(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text) ?? .max
    }
}
