import BrokerAccess
import BrokerWire
import JSONText
import Testing

@testable import BrokerCore

/// Users take turns, and who asks too often has to wait.
@Suite struct ConversationTurnTests {
    private static let units = Conversation.unitsPerTurn

    @Test func `what is more than a user's part of a turn waits for the next`() throws {
        var talk = Talk()
        let many = (1...Self.units + 10).map { Talk.whoAmI($0) }.joined()
        #expect(talk.receive(many).resumes == .nextTurn)
        #expect(try talk.said().count == Self.units)
        #expect(talk.conversation.isHoldingBack)
        talk.scene.broker.endTurn()
        #expect(talk.goOn().asksNothing)
        #expect(try talk.said().ids == (1...10).map { .init(Self.units + $0) })
        #expect(!talk.conversation.isHoldingBack)
    }

    @Test func `another user's part is its own`() throws {
        let scene = Scene(grants: [.alice])
        var flood = Talk(scene, as: .mallory)
        var quiet = Talk(scene, as: .alice)
        _ = flood.receive((1...1_000).map { Talk.whoAmI($0) }.joined())
        #expect(quiet.receive(Talk.whoAmI(1)).asksNothing)
        #expect(try quiet.said().outcomes == ["ok"])
    }

    @Test func `all connections of a user share its part, and bytes without a line count too`() throws {
        let scene = Scene()
        var talks = (0...Self.units).map { _ in Talk(scene) }
        let verdicts = talks.indices.map { talks[$0].receive("{") }
        #expect(verdicts.dropLast().allSatisfy { $0.asksNothing })
        #expect(verdicts.last?.resumes == .nextTurn)
    }

    @Test func `nothing is lost, doubled or out of order over many turns`() throws {
        var talk = Talk()
        let count = Self.units * 5 + 3
        var verdict = talk.receive((1...count).map { Talk.whoAmI($0) }.joined() + "{\"half\":")
        var turns = 0
        while verdict.resumes == .nextTurn, turns < 100 {
            turns += 1
            talk.scene.broker.endTurn()
            verdict = talk.goOn()
        }
        #expect(try talk.said().ids == (1...count).map { .init($0) })
        #expect(talk.conversation.bytesHeld == 8)
    }

    @Test func `a client that hangs up while it waits for its turn still gets its answers`() throws {
        var talk = Talk()
        _ = talk.receive((1...Self.units + 1).map { Talk.whoAmI($0) }.joined())
        #expect(talk.inputEnded().asksNothing)
        talk.scene.broker.endTurn()
        #expect(talk.goOn().hangsUp)
        #expect(try talk.said().count == Self.units + 1)
    }

    private static func limits(_ change: (inout Limits) -> Void) -> Limits {
        var limits = Limits()
        change(&limits)
        return limits
    }

    @Test func `who asks more often than allowed is told so once, with its id, and then waits`() throws {
        let limits = Self.limits { $0.requestsPerSecondPerUid = 2 }
        var talk = Talk(Scene(limits: limits), limits: limits)
        let verdict = talk.receive((1...5).map { Talk.whoAmI($0) }.joined())
        #expect(verdict.resumes == .after(seconds: 0.5))
        let said = try talk.said()
        #expect(said.outcomes == ["ok", "ok", "RateLimited"])
        #expect(said.ids == [1, 2, 3])
        #expect(said.last?["error"]?["data"]?["retryAfterSeconds"]?.double == 0.5)
        talk.scene.broker.endTurn()
        #expect(talk.goOn(at: 0.5).resumes == .after(seconds: 0.5))
        #expect(try talk.said().outcomes == ["ok", "RateLimited"])
    }

    @Test func `garbage counts as asking`() throws {
        let limits = Self.limits { $0.requestsPerSecondPerUid = 1 }
        var talk = Talk(Scene(limits: limits), limits: limits)
        _ = talk.receive("garbage\ngarbage\n")
        #expect(try talk.said().outcomes == ["ParseError", "RateLimited"])
    }

    @Test func `calls to AWS have a rate of their own, and joining a flight costs nothing`() throws {
        let limits = Self.limits {
            $0.upstreamCallsPerSecondPerUid = 0.5
            $0.upstreamCallsBurstPerUid = 1
        }
        var talk = Talk(Scene(limits: limits, cacheSeconds: 0), limits: limits)
        #expect(talk.receive(Talk.session(1)).launches == [.audit])
        #expect(talk.receive(Talk.session(2)).launches.isEmpty)
        #expect(try talk.said().isEmpty, "both wait for the one flight")
        _ = talk.land()
        #expect(try talk.said().outcomes == ["ok", "ok"])
        #expect(talk.receive(Talk.session(3)).launches.isEmpty)
        let refusal = try talk.said()
        #expect(refusal.outcomes == ["RateLimited"])
        #expect(refusal.last?["error"]?["data"]?["retryAfterSeconds"] == 2)
        #expect(talk.receive(Talk.session(4), at: 2).launches == [.audit])
    }

    @Test func `requests that wait for AWS are bounded for a user and in total`() throws {
        let limits = Self.limits {
            $0.requestsInFlightPerUid = 2
            $0.requestsInFlight = 3
        }
        let scene = Scene(
            grants: [.alice, .grant("mallory", to: .user(Peer.mallory.uid))], limits: limits)
        var talks = (0..<3).map { _ in Talk(scene, limits: limits) }
        let launched = talks.indices.map { talks[$0].receive(Talk.session($0)).launches.count }
        #expect(launched == [1, 0, 0])
        #expect(try talks[2].said().outcomes == ["TooManyInFlight"])
        var others = (0..<2).map { _ in Talk(scene, as: .mallory, limits: limits) }
        for index in others.indices { _ = others[index].receive(Talk.session(index)) }
        #expect(try others[0].said().isEmpty)
        #expect(try others[1].said().outcomes == ["Overloaded"])
        _ = talks[0].land()
        #expect(scene.broker.waiting == 0)
        #expect(talks[1].receive(Talk.session(9)).asksNothing, "what is cached does not wait")
    }

    @Test func `bytes that wait are bounded for a user and in total`() {
        let limits = Self.limits {
            $0.bytesPendingPerUid = 100
            $0.bytesPending = 150
        }
        let broker = Scene(limits: limits).broker
        let alice = broker.caller(.alice, connection: 1, at: .at(0)).share
        let mallory = broker.caller(.mallory, connection: 2, at: .at(0)).share
        #expect(broker.notePending(100, of: alice) == nil)
        guard case .tooMuchPending(100, ofThisUser: true) = broker.notePending(1, of: alice) else {
            Issue.record("one byte more than a user may have")
            return
        }
        #expect(broker.notePending(-1, of: alice) == nil)
        guard case .tooMuchPending(150, ofThisUser: false) = broker.notePending(51, of: mallory) else {
            Issue.record("one byte more than all may have")
            return
        }
    }
}
