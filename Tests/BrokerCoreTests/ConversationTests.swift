import BrokerCore
import BrokerWire
import JSONText
import Testing

/// Requests in, replies out: pipelining, what is in flight, limits, and what is held back.
@Suite struct ConversationTests {
    @Test(arguments: [1, 2, 3, 7, 1_000])
    func `replies are the same however the bytes are cut`(chunk: Int) throws {
        var talk = Talk()
        let text = Array(Talk.whoAmI(1) + "\n" + Talk.whoAmI(2) + "{}\n" + Talk.whoAmI(3) + "unfinished")
        for start in stride(from: 0, to: text.count, by: chunk) {
            let verdict = talk.receive(String(text[start..<min(start + chunk, text.count)]))
            #expect(verdict.asksNothing)
            talk.scene.broker.endTurn()
        }
        let said = try talk.said()
        #expect(said.ids == [1, .null, 2, .null, 3])
        #expect(said.outcomes == ["ok", "ParseError", "ok", "InvalidRequest", "ok"])
    }

    @Test func `what is refused does not end the conversation`() throws {
        var talk = Talk()
        talk.receive(#"{"jsonrpc":"2.0","id":1,"method":"none"}"# + "\n" + "[]\n\u{FEFF}{}\n" + Talk.whoAmI(2))
        #expect(try talk.said().outcomes == ["MethodNotFound", "InvalidRequest", "ParseError", "ok"])
    }

    @Test func `pipelined requests launch one flight, wait, and are overtaken by what needs no AWS`() throws {
        var talk = Talk()
        let verdict = talk.receive(Talk.session(1) + Talk.session(2) + Talk.whoAmI(3))
        #expect(verdict.launches == [.audit])
        #expect(talk.conversation.inFlight == 2)
        #expect(!talk.conversation.isAtRest)
        #expect(try talk.said().ids == [3])
        #expect(talk.land()?.asksNothing == true)
        #expect(try talk.said().ids == [1, 2])
        #expect(talk.conversation.inFlight == 0)
        #expect(talk.conversation.isAtRest)
    }

    @Test func `two requests may bear one id, and both are answered`() throws {
        var talk = Talk()
        talk.receive(Talk.session(1) + Talk.session(1))
        _ = talk.land()
        #expect(try talk.said().ids == [1, 1])
    }

    @Test func `the request beyond the limit in flight is refused alone, and there is room again after a reply`() throws
    {
        var limits = Limits()
        limits.requestsInFlightPerConnection = 2
        var talk = Talk(Scene(limits: limits, cacheSeconds: 0), limits: limits)
        talk.receive((1...4).map(Talk.session).joined() + Talk.whoAmI(5))
        let refused = try talk.said()
        #expect(refused.ids == [3, 4, 5])
        #expect(refused.outcomes == ["TooManyInFlight", "TooManyInFlight", "ok"])
        _ = talk.land()
        #expect(try talk.said().ids == [1, 2])
        #expect(talk.receive(Talk.session(6)).launches == [.audit])
        #expect(talk.conversation.inFlight == 1)
    }

    @Test func `a line of the limit is read, one byte more is the last`() throws {
        var limits = Limits()
        limits.requestLineBytes = 100
        let request = Talk.whoAmI(1).dropLast()
        let fits = String(request) + String(repeating: " ", count: 100 - request.count)
        var talk = Talk(limits: limits)
        #expect(talk.receive(fits + "\n").asksNothing)
        #expect(try talk.said().outcomes == ["ok"])
        #expect(talk.receive(fits).asksNothing)
        let verdict = talk.receive(" ")
        #expect(verdict.hangsUp)
        let last = try talk.said()
        #expect(last.ids == [.null])
        #expect(last.outcomes == ["LineTooLong"])
        #expect(talk.receive("\n" + Talk.whoAmI(2)).asksNothing)
        #expect(try talk.said().isEmpty, "nothing is said after the last word")
    }

    @Test func `what came before a line that is too long is answered, and flights that it launched are started`() throws
    {
        var limits = Limits()
        limits.requestLineBytes = 100
        var talk = Talk(limits: limits)
        let verdict = talk.receive(Talk.whoAmI(1) + Talk.session(2) + String(repeating: "x", count: 101))
        #expect(verdict.launches == [.audit])
        #expect(verdict.hangsUp)
        #expect(try talk.said().outcomes == ["ok", "LineTooLong"])
    }

    @Test func `past the limit of unread replies no further request is looked at until they have been read`() throws {
        var limits = Limits()
        limits.replyBytesPending = 300
        var talk = Talk(limits: limits)
        talk.receive((1...10).map(Talk.whoAmI).joined() + "{\"jsonrpc\"")
        #expect(talk.conversation.isHoldingBack)
        let rest = Talk.whoAmI(11).dropFirst(10)
        talk.receive(String(rest))
        var ids = try talk.said().ids
        #expect((1...9).contains(ids.count))
        var turns = 0
        while talk.conversation.isHoldingBack, turns < 20 {
            turns += 1
            #expect(talk.drained().hangsUp == false)
            let said = try talk.said().ids
            #expect(!said.isEmpty)
            ids += said
        }
        #expect(ids == (1...11).map { JSONValue($0) })
        #expect(talk.conversation.isAtRest)
    }

    @Test func `what is held back has no effect: no flight starts, no record is made`() throws {
        var limits = Limits()
        limits.replyBytesPending = 1
        var talk = Talk(limits: limits)
        let verdict = talk.receive(Talk.whoAmI(1) + Talk.session(2))
        #expect(verdict.launches.isEmpty)
        #expect(talk.scene.audit.records.count == 1)
        _ = try talk.said()
        #expect(talk.drained().launches == [.audit])
    }

    @Test func `a conversation is with one user, whatever the request says`() throws {
        var talk = Talk(as: .mallory)
        talk.receive(Talk.session(1) + #"{"jsonrpc":"2.0","id":2,"method":"broker.WhoAmI","uid":0}"# + "\n")
        #expect(try talk.said().outcomes == ["PermissionDenied", "InvalidRequest"])
    }
}
