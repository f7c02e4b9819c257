import BrokerCore
import BrokerWire
import JSONText
import Testing

/// What may not last for ever: an idle connection, an unfinished line, unread replies. Time is a value here.
@Suite struct ConversationClockTests {
    private static let half = #"{"jsonrpc":"2.0","#

    /// idleSeconds 100, lineSeconds 10, slowReaderSeconds 30.
    private func talk() -> Talk {
        var limits = Limits()
        limits.idleSeconds = 100
        limits.lineSeconds = 10
        limits.slowReaderSeconds = 30
        return Talk(limits: limits)
    }

    private func expect(
        _ talk: inout Talk, toEndWith type: String, at seconds: Double, notBefore: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(talk.tick(at: notBefore).asksNothing, sourceLocation: sourceLocation)
        _ = try talk.said()
        #expect(talk.tick(at: seconds).hangsUp, sourceLocation: sourceLocation)
        let said = try talk.said()
        #expect(said.outcomes == [type], sourceLocation: sourceLocation)
        #expect(said.ids == [.null], sourceLocation: sourceLocation)
    }

    @Test func `a client that never says anything is idle from the start`() throws {
        var talk = talk()
        try expect(&talk, toEndWith: "IdleTimeout", at: 100, notBefore: 99.9)
    }

    @Test func `a connection is idle since the last byte that came`() throws {
        var talk = talk()
        talk.receive(Talk.whoAmI(1), at: 60)
        try expect(&talk, toEndWith: "IdleTimeout", at: 160, notBefore: 159.9)
    }

    @Test func `a connection is not idle while something is in flight, and anew since its reply`() throws {
        var talk = talk()
        talk.receive(Talk.session(1), at: 0)
        #expect(talk.tick(at: 5_000).asksNothing)
        _ = talk.land(at: 5_000)
        try expect(&talk, toEndWith: "IdleTimeout", at: 5_100, notBefore: 5_099.9)
    }

    @Test func `a line once begun has to end, however often a byte comes`() throws {
        var talk = talk()
        for (index, character) in Self.half.enumerated() { talk.receive(String(character), at: 5 + Double(index) / 2) }
        try expect(&talk, toEndWith: "LineTimeout", at: 15, notBefore: 14.9)
    }

    @Test func `a line that ended in time is no reason`() throws {
        var talk = talk()
        talk.receive(Self.half, at: 5)
        talk.receive("\n", at: 14)
        #expect(talk.tick(at: 50).asksNothing)
    }

    @Test func `a line's clock starts with that line, not with one before it`() throws {
        var talk = talk()
        // Every read ends inside a line, as with a client that never stops asking.
        for second in 0..<60 { talk.receive("\n" + Self.half, at: Double(second)) }
        #expect(talk.tick(at: 60).asksNothing)
        _ = try talk.said()
        try expect(&talk, toEndWith: "LineTimeout", at: 69, notBefore: 68.9)
    }

    @Test func `a client that never reads is hung up on`() throws {
        var talk = talk()
        talk.receive(Talk.whoAmI(1))
        _ = try talk.said()
        talk.filled(at: 10)
        talk.filled(at: 20)
        try expect(&talk, toEndWith: "SlowReader", at: 40, notBefore: 39.9)
    }

    @Test func `a client that reads a little is not`() throws {
        var talk = talk()
        talk.filled(at: 10)
        for step in 1...20 {
            talk.waits(taken: step, at: 10 + Double(step) * 25)
            #expect(talk.tick(at: 10 + Double(step) * 25 + 24).asksNothing)
        }
        talk.waits(taken: 20, at: 520)
        try expect(&talk, toEndWith: "SlowReader", at: 540, notBefore: 539.9)
    }

    @Test func `reading everything starts the clock anew`() throws {
        var talk = talk()
        talk.filled(at: 0)
        _ = talk.drained(at: 29)
        #expect(talk.tick(at: 40).asksNothing)
        talk.filled(at: 41)
        try expect(&talk, toEndWith: "SlowReader", at: 71, notBefore: 70.9)
    }

    @Test func `while replies are unread a line cannot end, and is not held to its time`() throws {
        var talk = talk()
        talk.receive(Self.half, at: 0)
        talk.filled(at: 1)
        #expect(talk.tick(at: 20).asksNothing)
        _ = talk.drained(at: 25)
        try expect(&talk, toEndWith: "LineTimeout", at: 35, notBefore: 34.9)
    }

    @Test func `a client that does not even read the last words is not waited for`() throws {
        var talk = talk()
        talk.filled(at: 0)
        #expect(talk.tick(at: 30).hangsUp)
        #expect(talk.tick(at: 31).isUnheard)
        #expect(try talk.said().outcomes == ["SlowReader"], "it is said once")
    }

    @Test func `a client that half-closed within a line is not late with it`() throws {
        var talk = talk()
        talk.receive(Talk.session(1) + Self.half, at: 0)
        _ = talk.inputEnded()
        #expect(talk.tick(at: 50).asksNothing)
        #expect(talk.land(at: 51)?.hangsUp == true)
    }
}
