import Foundation
import JSONText
import Testing

/// One user's flood is no other user's trouble (SCARS 7, 11).
@Suite(.serialized) struct FairnessOtherUsersTests {
    private static let flooder: UInt32 = 41_000
    private static let connections = 1_000
    /// Requests that the other user times, with and without the flood.
    private static let samples = 500
    /// Times that both are measured, at the most: other tests run beside this one, and may take the processor at any moment.
    private static let rounds = 8

    @Test func `a thousand flooding connections of one user neither slow another down nor fail its requests`() throws {
        let fixture = try ServerFixture()
        fixture.broker.preferOnProcessor()
        let other = try fixture.connect()
        _ = try other.ask(RequestLine.session(0))
        var seen: [String] = []
        for _ in 0..<Self.rounds {
            let quiet = try Latencies(of: other, count: Self.samples).percentile(99)
            let flood = try UserFlood(of: fixture, uid: Self.flooder, connections: Self.connections)
            let disturbed = try Latencies(of: other, count: Self.samples).percentile(99)
            let got = try flood.stop()
            seen.append("p99 \(Int(quiet)) µs without, \(Int(disturbed)) µs with the flood, which got \(got.text)")
            // Only a flood that was one counts: each kind of connection was answered while it lasted.
            let isFlood = ["garbage", "cached", "forced"].allSatisfy { got["received"]?[$0]?.integer ?? 0 > 0 }
            if isFlood, disturbed < 5 * quiet { return }
        }
        Issue.record("in no round was it less than five times as much: \(seen)")
    }

    @Test func `a limit that one user meets is in the record, counted, and not a line for each time`() throws {
        let fixture = try ServerFixture("limits: {requestsPerSecondPerUid: 10, upstreamCallsBurstPerUid: 1}")
        let flood = try UserFlood(of: fixture, uid: Self.flooder, connections: 100)
        let told = Waiting.until(seconds: 30) {
            fixture.broker.records().contains { $0["event"] == "limit" && $0["name"] == "requestsPerSecondPerUid" }
        }
        _ = try flood.stop()
        #expect(told)
        let records = fixture.broker.records().filter { $0["event"] == "limit" }
        #expect(records.allSatisfy { $0["uid"] == JSONValue(Self.flooder) })
        #expect(records.contains { $0["count"]?.integer ?? 0 > 1 })
        #expect(records.count < 100)
    }

    @Test func `another user has its own rate`() throws {
        let fixture = try ServerFixture("limits: {requestsPerSecondPerUid: 5}")
        let first = try (1...6).map { try fixture.connect().ask(RequestLine.whoAmI($0)).errorType }
        #expect(first == [nil, nil, nil, nil, nil, "RateLimited"])
        let second = try fixture.broker.ask(["whoami", "--output", "json"], uid: Self.flooder)
        #expect(second.status == 0, "\(second)")
        let limited = try fixture.broker.ask(["whoami"])
        #expect(limited.status == 75, "\(limited)")
    }
}

/// What requests took, one after the other on one connection, in microseconds.
private struct Latencies {
    private let sorted: [Double]

    init(of connection: RawConnection, count: Int) throws {
        var all: [Double] = []
        for id in 1...count {
            // As people and their programs ask: now and then.
            usleep(500)
            let start = DispatchTime.now().uptimeNanoseconds
            let reply = try connection.ask(RequestLine.session(id), within: 5)
            all.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1_000)
            guard reply["id"] == JSONValue(id), reply["result"] != nil else {
                throw HarnessFailure("a request failed: \(reply)")
            }
        }
        sorted = all.sorted()
    }

    func percentile(_ percent: Int) -> Double { sorted[min(sorted.count - 1, sorted.count * percent / 100)] }
}

/// A flooding process under way.
final class UserFlood {
    private let process: ChildProcess
    private let output: Inlet
    private let input: Int32

    init(of fixture: ServerFixture, uid: UInt32, connections: Int) throws {
        let script = try Python.stage("flood.py", from: "Floods", in: fixture.workplace)
        let pipe = try ChildProcess.pipe()
        defer { close(pipe.reading) }
        input = pipe.writing
        (process, output) = try ChildProcess.startWithOutput(
            Python.forOthers, [script, fixture.broker.socketPath, "\(connections)", "60"],
            environment: Python.environment, user: .init(uid: uid, gid: uid), input: pipe.reading)
        guard output.line(before: Deadline(seconds: 30)) == "flooding" else {
            throw HarnessFailure("the flood did not begin")
        }
    }

    /// Ends it; what it has received and how many of its connections were closed, by kind.
    func stop() throws -> JSONValue {
        close(input)
        guard let line = output.line(before: Deadline(seconds: 30)) else {
            throw HarnessFailure("the flood said nothing")
        }
        return try JSONValue(parsing: Array(line.utf8))
    }
}
