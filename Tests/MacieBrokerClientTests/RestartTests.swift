import JSONText
import MacieBrokerClient
import Testing

/// What a client does when the broker hangs up while a request waits on a kept connection, as one that is restarted does.
@Suite struct RestartTests {
    private static func answerOnce(_ text: String) -> @Sendable (inout Peer) -> Void {
        { peer in
            answer(text)(&peer)
            _ = peer.request()
        }
    }

    private static func answer(_ text: String) -> @Sendable (inout Peer) -> Void {
        { peer in
            let request = peer.request()
            peer.answer(request, text)
        }
    }

    @Test func `a request that only reads is sent once more, on a new connection`() throws {
        let broker = ListeningBroker(Self.answerOnce(Samples.caller)) { peer in
            let request = peer.request()
            #expect(request["method"] == "broker.WhoAmI")
            peer.answer(request, Samples.caller)
        }
        let client = BrokerClient(at: broker.address)
        #expect(try client.whoAmI().uid == 1000)
        #expect(try client.whoAmI().uid == 1000)
    }

    @Test func `a method that this library does not know is not sent again`() throws {
        let broker = ListeningBroker(Self.answerOnce("1")) { peer in
            let request = peer.request()
            #expect(request["method"] == "third.Method")
            peer.answer(request, "3")
        }
        let client = BrokerClient(at: broker.address)
        #expect(try client.call("first.Method") == "1")
        #expect(throws: ClientFailure.connectionClosed) { try client.call("second.Method") }
        #expect(try client.call("third.Method") == "3")
    }

    @Test func `an administrator's request is not sent again`() throws {
        let broker = ListeningBroker(Self.answerOnce(#"{"dropped":1}"#)) { peer in
            let request = peer.request()
            peer.answer(request, #"{"dropped":3}"#)
        }
        let client = AdminClient(at: broker.path)
        #expect(try client.dropCache().dropped == 1)
        #expect(throws: ClientFailure.connectionClosed) { try client.dropCache() }
        #expect(try client.dropCache().dropped == 3)
    }

    @Test func `it is sent once more and no more`() throws {
        let broker = ListeningBroker(
            Self.answerOnce(Samples.caller), { peer in _ = peer.request() }, Self.answer(Samples.caller))
        let client = BrokerClient(at: broker.address)
        #expect(try client.whoAmI().uid == 1000)
        #expect(throws: ClientFailure.connectionClosed) { try client.whoAmI() }
        #expect(try client.whoAmI().uid == 1000)
    }

    @Test func `an answer that has begun is not asked for again`() throws {
        let broker = ListeningBroker(
            { peer in
                Self.answerOnce(Samples.caller)(&peer)
                peer.send(#"{"jsonrpc":"2.0","#)
            }, Self.answer(Samples.caller))
        let client = BrokerClient(at: broker.address)
        #expect(try client.whoAmI().uid == 1000)
        #expect(throws: ClientFailure.connectionClosed) { try client.whoAmI() }
        #expect(try client.whoAmI().uid == 1000)
    }

    @Test func `one call may have a time of its own`() throws {
        let broker = FakeBroker { peer in while peer.line() != nil {} }
        let client = BrokerClient(at: broker.address)
        #expect(throws: ClientFailure.timedOut(afterSeconds: 0.02)) { try client.session(timeoutSeconds: 0.02) }
    }
}
