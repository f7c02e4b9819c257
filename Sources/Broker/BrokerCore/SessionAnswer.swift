internal import AWSRuntime
package import BrokerWire
internal import JSONText
package import Macie2
internal import Timestamps

/// A session as AWS told it, with where it came from: everything of a reply that does not change from one to the next is
/// written once.
package struct SessionAnswer: Sendable {
    /// When it arrived here.
    package let fetched: Moment
    package let requestID: String?
    package let attempts: Int
    /// The result up to where the age follows.
    private let head: [UInt8]

    package init(session: MacieSession, key: SessionKey, requestID: String?, attempts: Int, fetched: Moment) {
        self.fetched = fetched
        self.requestID = requestID
        self.attempts = attempts
        var provenance = JSONObject([
            ("profile", .string(key.profile.name)), ("region", .string(key.region.name)),
            ("fetchedAt", .string(fetched.wall.wholeMilliseconds.rfc3339)), ("attempts", JSONValue(attempts)),
        ])
        provenance["requestId"] = requestID.map { .string($0) }
        var bytes: [UInt8] = []
        JSONText.append("{\"session\":", to: &bytes)
        session.json.write(to: &bytes)
        JSONText.append(",\"provenance\":", to: &bytes)
        provenance.write(to: &bytes)
        bytes.removeLast()  // the closing brace: age and origin go before it
        head = bytes
    }

    /// Bytes that any client can be expected to take: with everything escaped, an answer of AWS may be longer.
    package static let longest = 524_288

    /// Whether it is an answer that can be passed on.
    package var isOfBearableLength: Bool { head.count <= Self.longest }

    package func age(at now: Moment) -> Double { now.seconds(since: fetched) }

    /// Appends the whole reply line.
    package func write(id: RequestID, cached: Bool, at now: Moment, to out: inout [UInt8]) {
        ReplyWriter.beginResult(id: id, to: &out)
        out.append(contentsOf: head)
        JSONText.append(",\"ageSeconds\":", to: &out)
        Self.writeMilliseconds(cached ? now.nanoseconds(since: fetched) / 1_000_000 : 0, to: &out)
        JSONText.append(cached ? ",\"cached\":true}}" : ",\"cached\":false}}", to: &out)
        ReplyWriter.end(&out)
    }

    /// Milliseconds as seconds with up to three decimals, no trailing zeros.
    private static func writeMilliseconds(_ milliseconds: Int64, to out: inout [UInt8]) {
        JSONText.append(milliseconds / 1_000, to: &out)
        var rest = milliseconds % 1_000
        guard rest > 0 else { return }
        out.append(UInt8(ascii: "."))
        var scale: Int64 = 100
        while rest > 0 {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / scale))
            rest %= scale
            scale /= 10
        }
    }
}
