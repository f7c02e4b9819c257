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
    private static let rounds = 16

    @Test func `a thousand flooding connections of one user neither slow another down nor fail its requests`() throws {
        let fixture = try ServerFixture()
        fixture.broker.takeProcessor()
        _ = try fixture.connect().ask(RequestLine.session(0))
        let asker = try OtherUser(of: fixture)
        var seen: [String] = []
        for _ in 0..<Self.rounds {
            let quiet = try asker.ask(Self.samples)
            let flood = try UserFlood(of: fixture, uid: Self.flooder, connections: Self.connections)
            try flood.waitUntilServed()
            let disturbed = try asker.ask(Self.samples)
            let got = try flood.stop()
            // None of the other user's requests fails, in no round.
            #expect(quiet.failures + disturbed.failures == 0)
            seen.append("p99 \(quiet.p99) µs without, \(disturbed.p99) µs with the flood, which got \(got.text)")
            // Only a flood that was one counts: each kind of connection was answered while it lasted.
            let isFlood = ["garbage", "cached", "forced"].allSatisfy { got["received"]?[$0]?.integer ?? 0 > 0 }
            if isFlood, disturbed.p99 < 5 * quiet.p99 { return }
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

/// Somebody else, who asks for what is cached: a process that times its answers (`asker.py`).
private struct OtherUser {
    private let script: String
    private let socket: String

    init(of fixture: ServerFixture) throws {
        script = try Python.stage("asker.py", from: "Floods", in: fixture.workplace)
        socket = fixture.broker.socketPath
    }

    /// Asks so many times; the 99th percentile is in microseconds.
    func ask(_ count: Int) throws -> (p99: Int64, failures: Int64) {
        let outcome = try ChildProcess.run(
            Python.forOthers, [script, socket, "\(count)"], environment: Python.environment, seconds: 60)
        guard let p99 = outcome.json["p99"]?.integer, let failures = outcome.json["failures"]?.integer else {
            throw HarnessFailure("the asker said: \(outcome)")
        }
        return (p99, failures)
    }
}

/// A flooding process under way.
final class UserFlood {
    private let process: ChildProcess
    private let output: Inlet
    private let input: Int32
    private let fixture: ServerFixture
    private let connections: Int

    init(of fixture: ServerFixture, uid: UInt32, connections: Int) throws {
        self.fixture = fixture
        self.connections = connections
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

    /// Until all of it has been looked at: the first look at a connection's process takes longer than all later ones.
    func waitUntilServed() throws {
        func served() throws -> Int64 {
            let requests = try fixture.status()["requests"]
            return ["answered", "refused", "failed"].reduce(0) { $0 + (requests?[$1]?.integer ?? 0) }
        }
        let enough = try served() + Int64(3 * connections)
        guard try Waiting.until(seconds: 30, { try served() > enough }) else {
            throw HarnessFailure("the flood is not served")
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
