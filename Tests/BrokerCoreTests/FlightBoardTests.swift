import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerWire
import Testing

@testable import BrokerCore

@Suite struct FlightBoardTests {
    private let other = SessionKey(profile: .named("audit"), region: .ireland, action: "macie2:GetMacieSession")

    private let share: UserShare = {
        var ledger = UserLedger()
        return ledger.share(of: Peer.alice.uid, limits: Limits(), at: .at(0))
    }()

    private func waiter(_ number: Int, asked: Double = 0) -> Waiter {
        Waiter(
            origin: RecordOrigin(peer: .alice, connection: UInt64(number)), share: share, id: .integer(Int64(number)),
            grant: .alice,
            asked: .at(asked))
    }

    @Test func `only the first who asks starts a flight`() {
        var board = FlightBoard()
        let starts = (0..<1_000).map { board.join(waiter($0), for: .audit) }
        #expect(starts == [true] + Array(repeating: false, count: 999))
        #expect(board.flights == 1)
        #expect(board.waiting == 1_000)
        let startsOther = board.join(waiter(1_000), for: other)
        #expect(startsOther)
        #expect(board.flights == 2)
    }

    @Test func `a landing is told to all who wait for it, in the order in which they came, and then forgotten`() {
        var board = FlightBoard()
        for number in [5, 3, 9, 1] { _ = board.join(waiter(number), for: .audit) }
        _ = board.join(waiter(7), for: other)
        let landed = board.land(.audit)
        #expect(landed.map(\.origin.connection) == [5, 3, 9, 1])
        let landedAgain = board.land(.audit)
        #expect(landedAgain.isEmpty)
        #expect(board.waiting == 1)
        let startsAgain = board.join(waiter(2), for: .audit)
        #expect(startsAgain)
    }

    @Test func `those whose time has passed leave, the others stay`() {
        var board = FlightBoard()
        for (number, asked) in [(1, 0.0), (2, 1), (3, 2), (4, 3)] {
            _ = board.join(waiter(number, asked: asked), for: .audit)
        }
        _ = board.join(waiter(5, asked: 0.5), for: other)
        let late = board.leave(askedBefore: .at(2))
        #expect(Set(late.map(\.waiter.origin.connection)) == [1, 2, 5])
        #expect(late.filter { $0.key == .audit }.map(\.waiter.origin.connection) == [1, 2])
        #expect(board.waiting == 2)
        let lateAgain = board.leave(askedBefore: .at(2))
        #expect(lateAgain.isEmpty)
        let landed = board.land(.audit)
        #expect(landed.map(\.origin.connection) == [3, 4])
    }

    @Test func `the last waiter leaving does not end the flight`() {
        var board = FlightBoard()
        _ = board.join(waiter(1), for: .audit)
        let late = board.leave(askedBefore: .at(9))
        #expect(late.count == 1)
        #expect(board.flights == 1)
        #expect(board.waiting == 0)
        // It shares the flight that is in the air.
        let starts = board.join(waiter(2, asked: 9), for: .audit)
        #expect(!starts)
        let landed = board.land(.audit)
        #expect(landed.map(\.origin.connection) == [2])
    }
}
