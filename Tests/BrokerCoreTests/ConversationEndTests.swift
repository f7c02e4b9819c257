import BrokerCore
import BrokerWire
import JSONText
import Testing

/// The ways in which a conversation ends, and that none of them loses a reply.
@Suite struct ConversationEndTests {
    @Test func `a client that half-closes at rest is hung up on at once`() throws {
        var talk = Talk()
        talk.receive(Talk.whoAmI(1))
        #expect(talk.inputEnded().hangsUp)
        #expect(try talk.said().ids == [1], "what was said before is still sent")
    }

    @Test func `a client that half-closes with requests in flight gets every reply first`() throws {
        var talk = Talk()
        talk.receive(Talk.session(1) + Talk.session(2))
        #expect(talk.inputEnded().asksNothing)
        #expect(talk.conversation.inFlight == 2)
        #expect(talk.land()?.hangsUp == true, "with the last of them")
        #expect(try talk.said().ids == [1, 2])
    }

    @Test func `only the last reply hangs up`() {
        var talk = Talk()
        talk.receive(Talk.session(1) + Talk.session(2))
        _ = talk.inputEnded()
        var conversation = talk.conversation
        let first = conversation.landed(at: .at(1))
        let second = conversation.landed(at: .at(1))
        #expect(!first.hangsUp)
        #expect(second.hangsUp)
    }

    @Test func `an unfinished line is nobody's request`() throws {
        var talk = Talk()
        talk.receive(String(Talk.whoAmI(1).dropLast()))
        #expect(talk.inputEnded().hangsUp)
        #expect(try talk.said().isEmpty)
        #expect(talk.scene.audit.records.isEmpty)
    }

    @Test func `what was held back is still answered after a half-close`() throws {
        var limits = Limits()
        limits.replyBytesPending = 1
        var talk = Talk(limits: limits)
        talk.receive((1...3).map(Talk.whoAmI).joined())
        #expect(talk.inputEnded().asksNothing)
        var ids = try talk.said().ids
        #expect(!talk.drained().hangsUp)
        ids += try talk.said().ids
        #expect(talk.drained().hangsUp)
        ids += try talk.said().ids
        #expect(ids == [1, 2, 3])
    }

    @Test func `what was held back and needs AWS is waited for after a half-close`() throws {
        var limits = Limits()
        limits.replyBytesPending = 1
        var talk = Talk(limits: limits)
        talk.receive(Talk.whoAmI(1) + Talk.session(2))
        _ = talk.inputEnded()
        _ = try talk.said()
        let verdict = talk.drained()
        #expect(verdict.launches == [.audit])
        #expect(!verdict.hangsUp)
        #expect(talk.land()?.hangsUp == true)
        #expect(try talk.said().ids == [2])
    }

    @Test func `after the input has ended nothing more is read`() throws {
        var talk = Talk()
        talk.receive(Talk.session(1))
        _ = talk.inputEnded()
        talk.receive(Talk.whoAmI(2))
        #expect(try talk.said().isEmpty)
        #expect(talk.inputEnded().asksNothing)
        #expect(talk.land()?.hangsUp == true)
        #expect(try talk.said().ids == [1])
    }

    @Test func `a reason to end is the last word, with null for an id`() throws {
        var talk = Talk()
        talk.receive(Talk.session(1))
        #expect(talk.end(with: .tooManyConnections(limit: 1, ofThisUser: true)).hangsUp)
        let said = try talk.said()
        #expect(said.ids == [.null])
        #expect(said.outcomes == ["TooManyConnections"])
        talk.receive(Talk.whoAmI(2))
        #expect(!talk.tick(at: 1_000_000).hangsUp)
        #expect(talk.inputEnded().asksNothing)
        #expect(try talk.said().isEmpty)
    }

    @Test func `a reply too many is no harm`() {
        var conversation = Talk().conversation
        #expect(conversation.inFlight == 0)
        let verdict = conversation.landed(at: .at(0))
        #expect(verdict.asksNothing)
        #expect(conversation.inFlight == 0)
    }
}
