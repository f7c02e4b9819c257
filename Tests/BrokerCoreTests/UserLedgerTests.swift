import BrokerWire
import Testing

@testable import BrokerCore

@Suite struct UserLedgerTests {
    private static func limits(requests: Double = 10) -> Limits {
        var limits = Limits()
        limits.requestsPerSecondPerUid = requests
        return limits
    }

    @Test func `all connections of a uid have one share, and another uid has another`() {
        var ledger = UserLedger()
        let first = ledger.share(of: 1, limits: Self.limits(), at: .at(0))
        ledger.takePlace(of: first)
        let second = ledger.share(of: 1, limits: Self.limits(), at: .at(0))
        let other = ledger.share(of: 2, limits: Self.limits(), at: .at(0))
        #expect(first === second)
        #expect(first !== other)
    }

    @Test func `who leaves and comes back finds what was taken still taken`() {
        var ledger = UserLedger()
        let share = ledger.share(of: 1, limits: Self.limits(requests: 2), at: .at(0))
        ledger.takePlace(of: share)
        let taken = (0..<3).map { _ in share.takeRequest(at: .at(0)) == nil }
        #expect(taken == [true, true, false])
        ledger.freePlace(of: share, at: .at(0))
        let again = ledger.share(of: 1, limits: Self.limits(requests: 2), at: .at(0))
        #expect(again.takeRequest(at: .at(0)) != nil)
    }

    @Test func `a user is forgotten once nothing is left to remember`() {
        var ledger = UserLedger()
        let share = ledger.share(of: 1, limits: Self.limits(), at: .at(0))
        ledger.takePlace(of: share)
        _ = share.takeRequest(at: .at(0))
        ledger.freePlace(of: share, at: .at(0))
        #expect(ledger.count == 1)
        ledger.forgetThoseAtRest(at: .at(1))
        #expect(ledger.count == 0)
    }

    @Test func `who is connected or waits is never forgotten`() {
        var ledger = UserLedger()
        let share = ledger.share(of: 1, limits: Self.limits(), at: .at(0))
        ledger.takePlace(of: share)
        ledger.forgetThoseAtRest(at: .at(60))
        #expect(ledger.count == 1)
        share.inFlight = 1
        ledger.freePlace(of: share, at: .at(60))
        ledger.forgetThoseAtRest(at: .at(60))
        #expect(ledger.count == 1)
    }

    @Test func `however many uids come by, only so many are remembered`() {
        var ledger = UserLedger()
        var limits = Self.limits()
        limits.connections = 100
        for uid in 0..<UInt32(60_000) {
            let share = ledger.share(of: uid, limits: limits, at: .at(0))
            ledger.takePlace(of: share)
            _ = share.takeRequest(at: .at(0))
            ledger.freePlace(of: share, at: .at(0))
        }
        #expect(ledger.count <= 16_384 + 100)
        #expect(ledger.connections == 0)
    }

    @Test func `a turn is so many units and no more, and the next turn has as many again`() {
        var ledger = UserLedger()
        let share = ledger.share(of: 1, limits: Self.limits(), at: .at(0))
        for turn in UInt64(0)..<3 {
            let spent = (0..<5).map { _ in share.spend(TurnPart(units: 3, nanoseconds: nil), inTurn: turn, clock: { 0 })
            }
            #expect(spent == [true, true, true, false, false])
        }
    }
}
