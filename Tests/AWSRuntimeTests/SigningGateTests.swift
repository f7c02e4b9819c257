import AWSRuntime
import AWSSigning
import Testing

/// While the gate is shut nothing is signed, not even another attempt of a call under way.
@Suite struct SigningGateTests {
    @Test func `a shut gate signs and sends nothing, and costs nothing`() async throws {
        let gate = SigningGate()
        gate.set(open: false)
        let bench = Bench(.respond(200, [], "hello"), gate: gate)
        #expect(try await bench.failure() == AWSCallFailure(cause: .gateShut, attempts: 1))
        #expect(bench.exchange.sent.isEmpty)
        #expect(bench.clock.slept.isEmpty)
        #expect(bench.quota.remaining == RetryQuota.full)
    }

    @Test func `one that is shut in the middle of a call lets no retry through`() async throws {
        let gate = SigningGate()
        let bench = Bench(
            .respond(503), .respond(200, [], "hello"), gate: gate, whenSleeping: { gate.set(open: false) })
        #expect(try await bench.failure() == AWSCallFailure(cause: .gateShut, attempts: 2))
        #expect(bench.exchange.sent.count == 1)
    }

    @Test func `nor the attempt that a wrong clock makes necessary`() async throws {
        let gate = SigningGate()
        let skewed = FakeExchange.Answer.respond(
            403, [("x-amzn-ErrorType", "RequestTimeTooSkewed"), ("Date", "Sun, 30 Aug 2015 14:36:00 GMT")], "{}")
        let bench = Bench(skewed, .respond(200, [], "hello"), gate: gate, whenSending: { gate.set(open: false) })
        #expect(try await bench.failure().cause == .gateShut)
        #expect(bench.exchange.sent.count == 1)
    }

    @Test func `opened again it lets the next call through`() async throws {
        let gate = SigningGate()
        let bench = Bench(.respond(200, [], "hello"), gate: gate)
        gate.set(open: false)
        _ = try await bench.failure()
        gate.set(open: true)
        #expect(try await bench.call().output == "hello")
    }
}
