import BrokerWire
import Dispatch
import JSONText
import MacieBrokerClient
import Testing

@Suite struct BrokerClientTests {
    @Test func `a session comes with every member and its provenance`() throws {
        let broker = FakeBroker { peer in
            let request = peer.request()
            #expect(request["jsonrpc"] == "2.0")
            #expect(request["method"] == "macie2.GetMacieSession")
            #expect(request["params"] == ["profile": "audit", "region": "eu-west-1", "maxAgeSeconds": 0])
            peer.answer(request, Samples.session)
        }
        let answer = try BrokerClient(at: broker.address)
            .session(profile: "audit", region: "eu-west-1", maxAgeSeconds: 0)
        #expect(answer.session.createdAt?.rfc3339 == "2020-12-02T22:39:41.930Z")
        #expect(answer.session.findingPublishingFrequency == "FIFTEEN_MINUTES")
        #expect(answer.session.serviceRole == "arn:aws:iam::123456789012:role/macie")
        #expect(answer.session.status == "ENABLED")
        #expect(answer.session.updatedAt == BrokerTimestamp(rfc3339: "2024-05-01T10:00:00Z"))
        #expect(answer.provenance.profile == "audit")
        #expect(answer.provenance.region == "eu-west-1")
        #expect(answer.provenance.requestID == "r-1")
        #expect(answer.provenance.fetchedAt.secondsSinceEpoch == 1_714_557_600)
        #expect(answer.provenance.ageSeconds == 1.5)
        #expect(answer.provenance.cached)
        #expect(answer.provenance.attempts == 2)
        #expect(answer.json == Samples.session)
    }

    @Test func `what AWS left out is nil, and what is not asked for is not sent`() throws {
        let broker = FakeBroker { peer in
            let request = peer.request()
            #expect(request["params"] == [:])
            peer.answer(request, Samples.emptySession)
        }
        let session = try BrokerClient(at: broker.address).session().session
        #expect(session.createdAt == nil && session.updatedAt == nil && session.status == nil)
        #expect(session.findingPublishingFrequency == nil && session.serviceRole == nil)
    }

    @Test func `members from a newer broker are passed over, and kept in the JSON`() throws {
        let result = Samples.session
            .replacing(#""status":"ENABLED""#, with: #""status":"DREAMING","later":[{"x":null}]"#)
        let broker = FakeBroker { peer in
            let request = peer.request()
            peer.send(#"{"later":1,"id":\#(request["id"]?.text ?? ""),"result":\#(result),"jsonrpc":"2.0"}"# + "\n")
        }
        let answer = try BrokerClient(at: broker.address).session()
        #expect(answer.session.status == "DREAMING")
        #expect(answer.json == result)
    }

    @Test func `the caller and the broker's state are read whole`() throws {
        let broker = FakeBroker { peer in
            var request = peer.request()
            #expect(request["method"] == "broker.WhoAmI")
            peer.answer(request, Samples.caller)
            request = peer.request()
            #expect(request["method"] == "broker.Status")
            peer.answer(request, Samples.status)
        }
        let client = BrokerClient(at: broker.address)
        let caller = try client.whoAmI()
        #expect((caller.uid, caller.gid, caller.pid) == (1000, 1001, 4242))
        #expect(caller.user == "alice" && caller.group == nil)
        #expect(caller.may.map(\.action) == ["macie2:GetMacieSession", "macie2:*"])
        #expect(caller.may.first?.regions == ["us-east-1", "eu-west-1"])
        let status = try client.status()
        #expect(status.protocolVersion == 1 && status.socket == "/run/macie-broker/broker.sock")
        #expect(status.profiles.map(\.credentials.state) == ["ready", "unavailable"])
        #expect(status.profiles.last?.credentials.reason == "no such profile")
        #expect(status.connections.accepted == 120 && status.requests.failed == 2)
        #expect(status.cache.hits == 100 && status.upstream.calls == 4)
    }

    @Test func `what a newer broker tells of caller and state is read, and may be missing`() throws {
        let caller = try Samples.answer(Samples.fullCaller) { try $0.whoAmI() }
        #expect(caller.groups.map(\.gid) == [27, 4100] && caller.groups.map(\.name) == ["sudo", nil])
        #expect(caller.executable == "/usr/bin/x (deleted)" && caller.unit == "ci.service")
        #expect(caller.mode == "observe")
        let right = try #require(caller.may.first)
        #expect(right.executables == ["/usr/bin/*"] && right.units == ["ci.service", "cd.service"])
        #expect(right.notAfter?.rfc3339 == "2026-01-01T00:00:00Z" && right.maxAgeAtLeast == 60)
        let older = try Samples.answer(Samples.caller) { try $0.whoAmI() }
        #expect(older.groups.isEmpty && older.mode == nil && older.may.first?.units == nil)

        let status = try Samples.answer(Samples.fullStatus) { try $0.status() }
        #expect(status.mode == "enforce" && status.isLocked == true)
        #expect(status.audit?.isAvailable == true && status.audit?.sequence == 7)
        #expect(status.audit?.sha256 == Samples.digest)
        let olderStatus = try Samples.answer(Samples.status) { try $0.status() }
        #expect(olderStatus.mode == nil && olderStatus.isLocked == nil && olderStatus.audit == nil)
    }

    @Test func `any method can be called with JSON and answers with JSON on one line`() throws {
        let broker = FakeBroker { peer in
            var request = peer.request()
            #expect(request["method"] == "rpc.discover" && request["params"] == nil)
            peer.answer(request, #" { "a" : [ 1.50 , "\u0007" ] } "#)
            request = peer.request()
            #expect(request["params"] == ["x": ["y": 1]])
            peer.answer(request, "7")
        }
        let client = BrokerClient(at: broker.address)
        #expect(try client.call("rpc.discover") == #"{"a":[1.50,"\u0007"]}"#)
        #expect(try client.call("some.method", parameters: #"{"x": {"y": 1}}"#) == "7")
    }

    @Test(arguments: ["", "[]", "1", "{", #"{"a":1,"a":2}"#])
    func `parameters that are no JSON object are refused before anything is sent`(_ parameters: String) {
        let client = BrokerClient(at: .path("/nonexistent/broker.sock"))
        #expect { try client.call("x", parameters: parameters) } throws: { error in
            if case .badParameters? = error as? ClientFailure { true } else { false }
        }
    }

    @Test func `answers to others are passed over`() throws {
        let broker = FakeBroker { peer in
            let request = peer.request()
            for id in ["1", "-7", #""\#(request["id"]?.text ?? "")""#, "9007199254740991"] {
                peer.send(#"{"jsonrpc":"2.0","id":\#(id),"result":"somebody else's"}"# + "\n")
            }
            peer.answer(request, #""mine""#)
        }
        #expect(try BrokerClient(at: broker.address).call("x") == #""mine""#)
    }

    @Test func `the broker's own limit is over before the client's`() {
        #expect(BrokerClient.usualTimeoutSeconds > Limits().requestSeconds)
    }

    @Test func `an answer that comes too late is not taken for the next one`() throws {
        let broker = FakeBroker { peer in
            let first = peer.request()
            let second = peer.request()
            peer.answer(first, #""late""#)
            peer.answer(second, #""in time""#)
        }
        let hasty = BrokerClient(at: broker.address, timeoutSeconds: 0.01)
        #expect(throws: ClientFailure.timedOut(afterSeconds: 0.01)) { try hasty.call("x") }
        #expect(try BrokerClient(at: broker.address).call("x") == #""in time""#)
    }

    @Test func `a reply of more than 1 MiB arrives whole`() throws {
        let text = String(repeating: "x", count: 1_048_576)
        let broker = FakeBroker { peer in
            let request = peer.request()
            peer.answer(request, "\"\(text)\"")
        }
        #expect(try BrokerClient(at: broker.address).call("x") == "\"\(text)\"")
    }

    @Test func `calls from many threads each get their own answer`() {
        let broker = FakeBroker { peer in
            while case let request = peer.request(), let method = request["method"] {
                peer.answer(request, method.text)
            }
        }
        let client = BrokerClient(at: broker.address)
        DispatchQueue.concurrentPerform(iterations: 50) { number in
            #expect((try? client.call("m\(number)")) == "\"m\(number)\"")
        }
    }

    // MARK: Bad brokers

    @Test func `a broker that never answers is given up in time`() {
        let broker = FakeBroker { peer in while peer.line() != nil {} }
        #expect(throws: ClientFailure.timedOut(afterSeconds: 0.02)) {
            try BrokerClient(at: broker.address, timeoutSeconds: 0.02).session()
        }
    }

    @Test(arguments: ["", #"{"jsonrpc":"2.0","id"#, #"{"jsonrpc":"2.0","id":1,"result":1}"#])
    func `a broker that hangs up before the end of the line has not answered`(_ bytes: String) {
        let broker = FakeBroker { peer in
            _ = peer.line()
            peer.send(bytes)
        }
        #expect(throws: ClientFailure.connectionClosed) { try BrokerClient(at: broker.address).session() }
    }

    @Test func `a farewell said before the request is heard`() throws {
        let broker = FakeBroker { peer in peer.send(Samples.farewell("TooManyConnections", -32011) + "\n") }
        broker.wait()
        #expect { try BrokerClient(at: broker.address).session() } throws: { error in
            guard case .answered(let told)? = error as? ClientFailure else { return false }
            return told.type == "TooManyConnections" && told.code == -32011 && told.retryable
        }
    }

    static let garbage = [
        "", "garbage", "[]", "null", "{}", #"{"jsonrpc":"1.0","id":1,"result":1}"#, #"{"jsonrpc":"2.0","result":1}"#,
        #"{"jsonrpc":"2.0","id":1}"#, #"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}"#,
        #"{"jsonrpc":"2.0","id":1,"id":1,"result":1}"#, #"{"jsonrpc":"2.0","id":null,"result":1}"#,
        #"{"jsonrpc":"2.0","id":1,"error":"no"}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}}"#,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\u{1}\"}",
        "\u{FEFF}{}", String(repeating: "[", count: 100_000),
    ]

    @Test(arguments: garbage) func `garbage is told as what it is`(_ line: String) {
        let broker = FakeBroker { peer in
            _ = peer.line()
            peer.send(line + "\n")
        }
        #expect { try BrokerClient(at: broker.address).session() } throws: { isViolation($0) }
    }

    static let wrongResults = [
        "7", "{}", #"{"session":{}}"#, #"{"session":[],"provenance":{}}"#,
        Samples.session.replacing(#""2020-12-02T22:39:41.930Z""#, with: #""yesterday""#),
        Samples.session.replacing(#""2020-12-02T22:39:41.930Z""#, with: "1606948781"),
        Samples.session.replacing(#""attempts":2"#, with: #""attempts":2.5"#),
        Samples.session.replacing(#""cached":true"#, with: #""cached":"true""#),
        Samples.session.replacing(#""profile":"audit","#, with: ""),
    ]

    @Test(arguments: wrongResults) func `a result that is no session is told as what it is`(_ result: String) {
        let broker = FakeBroker { peer in
            let request = peer.request()
            peer.answer(request, result)
        }
        #expect { try BrokerClient(at: broker.address).session() } throws: { isViolation($0) }
    }

    // MARK: One connection after another

    @Test func `one connection serves many calls, and an error does not end it`() throws {
        let broker = ListeningBroker { peer in
            for _ in 0..<3 {
                let request = peer.request()
                peer.answer(request, "1")
            }
            let request = peer.request()
            let id = request["id"]?.text ?? ""
            peer.send(#"{"jsonrpc":"2.0","id":\#(id),"error":{"code":-32601,"message":"no"}}"# + "\n")
            peer.answer(peer.request(), "2")
        }
        let client = BrokerClient(at: broker.address)
        for _ in 0..<3 { #expect(try client.call("x") == "1") }
        #expect(throws: ClientFailure.self) { try client.call("x") }
        #expect(try client.call("x") == "2")
    }

    @Test func `a connection that the broker ended between two calls is replaced`() throws {
        let broker = ListeningBroker(
            { peer in
                peer.answer(peer.request(), "1")
                peer.send(Samples.farewell("IdleTimeout", -32012) + "\n")
            },
            { peer in peer.answer(peer.request(), "2") })
        let client = BrokerClient(at: broker.address)
        #expect(try client.call("x") == "1")
        broker.wait(for: 0)
        #expect(try client.call("x") == "2")
    }

    @Test func `a connection that broke during a call is not used again, and the request is not sent again`() throws {
        let broker = ListeningBroker(
            { peer in #expect(peer.request()["method"] == "first") },
            { peer in
                let request = peer.request()
                #expect(request["method"] == "second")
                peer.answer(request, "2")
            })
        let client = BrokerClient(at: broker.address)
        #expect(throws: ClientFailure.connectionClosed) { try client.call("first") }
        #expect(try client.call("second") == "2")
    }
}

private func isViolation(_ error: any Error) -> Bool {
    if case .protocolViolation? = error as? ClientFailure { true } else { false }
}
