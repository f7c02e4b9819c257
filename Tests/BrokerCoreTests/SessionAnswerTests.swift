import BrokerCore
import BrokerWire
import JSONText
import Macie2
import Testing
import Timestamps

@Suite struct SessionAnswerTests {
    private func text(_ answer: SessionAnswer, cached: Bool, at now: Moment) -> String {
        var out: [UInt8] = []
        answer.write(id: .string("a"), cached: cached, at: now, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test func `an answer has AWS's members and where it came from`() {
        let session = MacieSession(
            createdAt: Timestamp(seconds: 1_606_948_781, nanoseconds: 930_000_000),
            findingPublishingFrequency: "SIX_HOURS",
            serviceRole: "arn:aws:iam::123456789012:role/x", status: "ENABLED",
            updatedAt: Timestamp(seconds: 1_709_251_199))
        let answer = SessionAnswer(session: session, key: .audit, requestID: "r-1", attempts: 2, fetched: .at(0))
        #expect(
            text(answer, cached: true, at: .at(1.5)) == """
                {"jsonrpc":"2.0","id":"a","result":{"session":{"createdAt":"2020-12-02T22:39:41.930Z",\
                "findingPublishingFrequency":"SIX_HOURS","serviceRole":"arn:aws:iam::123456789012:role/x",\
                "status":"ENABLED","updatedAt":"2024-02-29T23:59:59Z"},"provenance":{"profile":"audit",\
                "region":"us-east-1","fetchedAt":"2026-03-01T08:00:00Z","attempts":2,"requestId":"r-1",\
                "ageSeconds":1.5,"cached":true}}}

                """)
    }

    @Test func `what AWS left out is absent, never null`() {
        let answer = SessionAnswer(session: MacieSession(), key: .audit, requestID: nil, attempts: 1, fetched: .at(0))
        #expect(
            text(answer, cached: false, at: .at(0)) == """
                {"jsonrpc":"2.0","id":"a","result":{"session":{},"provenance":{"profile":"audit","region":"us-east-1",\
                "fetchedAt":"2026-03-01T08:00:00Z","attempts":1,"ageSeconds":0,"cached":false}}}

                """)
    }

    @Test(
        arguments: [
            (0, "0"), (999_999, "0"), (1_000_000, "0.001"), (10_000_000, "0.01"), (50_000_000, "0.05"),
            (100_000_000, "0.1"),
            (120_000_000, "0.12"), (999_999_999, "0.999"), (1_000_000_000, "1"), (1_005_000_000, "1.005"),
            (29_999_000_000, "29.999"), (86_400_000_000_000, "86400"), (-5_000_000_000, "0"),
        ] as [(Int64, String)])
    func `an age has three decimals at most and is never negative`(nanoseconds: Int64, age: String) throws {
        let start = Moment.at(0)
        let answer = SessionAnswer(session: MacieSession(), key: .audit, requestID: nil, attempts: 1, fetched: start)
        let now = Moment(wall: start.wall, uptimeNanoseconds: start.uptimeNanoseconds + nanoseconds)
        #expect(text(answer, cached: true, at: now).contains(#""ageSeconds":\#(age),"#))
        #expect(text(answer, cached: false, at: now).contains(#""ageSeconds":0,"#))
    }
}
