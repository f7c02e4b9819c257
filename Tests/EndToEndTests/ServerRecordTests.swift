import Foundation
import JSONText
import Testing

/// No answer without its record: whoever has a reply in hand finds the record written.
@Suite struct ServerRecordTests {
    @Test func `the record of a request is written before its reply comes`() throws {
        let workplace = try Workplace()
        let log = workplace.path + "/decisions"
        let fixture = try ServerFixture("audit: {file: \(log)}")
        let connection = try fixture.connect()
        for round in 0..<50 {
            // From AWS, from the cache, and without either; one after the other, and all in one turn.
            let ids = (0..<3).map { round * 3 + $0 }
            try connection.send(
                RequestLine.freshSession(ids[0]) + "\n" + RequestLine.session(ids[1]) + "\n"
                    + RequestLine.whoAmI(ids[2]) + "\n")
            for _ in ids {
                let id = try #require(connection.readReply()["id"]?.integer)
                let records = try String(contentsOfFile: log, encoding: .utf8)
                try #require(records.contains("\"id\":\(id),"))
            }
        }
        #expect(fixture.broker.isRunning)
    }
}
