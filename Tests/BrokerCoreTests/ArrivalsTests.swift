import AWSRuntime
import BrokerAccess
import BrokerWire
import JSONText
import Testing

@testable import BrokerCore

/// An answer that many wait for is told in turns, and one user's many do not stand before another's few.
@Suite struct ArrivalsTests {
    private static let units = TurnPart.shared.units

    /// Both are connected, and wait for the same answer: mallory a thousand times, and first.
    private func scene(waiting count: Int = 1_000) throws -> Scene {
        let scene = Scene(grants: [.grant("all", to: .everybody)])
        for (number, peer) in [Peer.mallory, .alice].enumerated() {
            #expect(scene.broker.admit(scene.broker.caller(peer, connection: UInt64(900 + number), at: .at(0))) == nil)
        }
        for number in 1...count {
            _ = try scene.ask(id: .integer(Int64(number)), as: .mallory, connection: UInt64(number))
        }
        _ = try scene.ask(id: .string("alice"), as: .alice, connection: 2_000)
        return scene
    }

    @Test func `the other user's answer comes in the same turn, however many wait before it`() throws {
        let scene = try scene()
        let told = try scene.land()
        #expect(told.count == Self.units + 1)
        #expect(told.contains { $0.reply["id"] == "alice" })
        #expect(scene.broker.hasArrivals)
    }

    @Test func `over the turns everybody is told once, in the order in which they came, after their record`() throws {
        let scene = try scene()
        var told = try scene.land()
        var turns = 1
        while scene.broker.hasArrivals, turns < 100 {
            _ = scene.broker.endTurn()
            turns += 1
            told += try scene.told(scene.broker.arrivals(at: .at(0)))
            #expect(scene.audit.records.count == told.count)
        }
        #expect(turns == (1_000 + Self.units - 1) / Self.units)
        #expect(told.filter { $0.connection <= 1_000 }.map(\.connection) == Array(1...1_000))
        #expect(told.allSatisfy { $0.reply.outcome == "ok" })
        #expect(told.count == 1_001)
    }

    @Test func `a turn ends in time too`() throws {
        let scene = try scene()
        _ = scene.broker.endTurn()
        scene.stopwatch.step = 20_000
        let told = try scene.land()
        #expect(told.contains { $0.reply["id"] == "alice" })
        #expect(told.count < 10, "50 µs for each user")
    }

    @Test func `who is alone is told at once`() throws {
        let scene = Scene()
        for number in 1...1_000 { _ = try scene.ask(id: .integer(Int64(number)), connection: UInt64(number)) }
        #expect(try scene.land().count == 1_000)
        #expect(!scene.broker.hasArrivals)
    }

    @Test func `refusals of those who wait take turns as answers do`() throws {
        let scene = try scene()
        let told = try scene.told(scene.broker.giveUp(at: .at(1)))
        #expect(told.count == Self.units + 1)
        #expect(told.allSatisfy { $0.reply.outcome == "ShuttingDown" })
        #expect(scene.broker.waiting == 0, "nobody of them waits for AWS any more")
    }
}
