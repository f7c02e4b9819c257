import Foundation
import JSONText
import Testing

/// Ten thousand connections are held, and leave nothing behind when they go (SCARS 24).
@Suite struct ServerManyConnectionsTests {
    private static let wanted = 10_000
    /// Descriptors that the tests keep for everything else.
    private static let reserve = 500

    @Test func `ten thousand idle connections are held while a request is answered, and leave nothing behind`() throws {
        let count = min(Self.wanted, try Self.raiseDescriptorLimit() - Self.reserve)
        if count < Self.wanted {
            Issue.record("the hard limit of open descriptors (ulimit -Hn) lets only \(count) connections be held")
        }
        let fixture = try ServerFixture()
        #expect(try fixture.status()["connections"]?["open"] == 1)
        let before = try ProcessFigures(of: fixture.broker.pid)

        let connections = try (0..<count).map { _ in try fixture.connect() }
        let ends = try [#require(connections.first), #require(connections.last)]
        for end in ends { #expect(try end.ask(RequestLine.session(1), within: 10)["result"]?["session"] != nil) }
        #expect(try fixture.status()["connections"]?["open"] == JSONValue(count + 1))
        let held = try ProcessFigures(of: fixture.broker.pid)
        // DESIGN's bound of 8 KiB is for a release build, which the benchmarks measure.
        #expect((held.residentBytes - before.residentBytes) / count < 16_384)
        #expect(held.threads <= before.threads)

        for connection in connections { connection.close() }
        #expect(try Waiting.until(seconds: 30) { try fixture.status()["connections"]?["open"] == 1 })
        #expect(try Waiting.until(seconds: 10) { try Self.isBack(to: before, in: fixture.broker.pid) })
        #expect(try fixture.connect().ask(RequestLine.whoAmI(1))["id"] == 1)
    }

    /// Whether threads, descriptors and memory are what they were, but for what a process does not give back at once.
    private static func isBack(to before: ProcessFigures, in pid: pid_t) throws -> Bool {
        let now = try ProcessFigures(of: pid)
        return now.threads <= before.threads && now.descriptors ?? 0 <= (before.descriptors ?? 0) + 2
            && now.residentBytes < before.residentBytes + 8 << 20
    }

    private static func raiseDescriptorLimit() throws -> Int {
        var limit = rlimit()
        // SAFETY: here and below, `limit` lives for the call.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw HarnessFailure.system("getrlimit")
        }
        limit.rlim_cur = limit.rlim_max
        guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw HarnessFailure.system("setrlimit")
        }
        return Int(clamping: limit.rlim_max)
    }
}
