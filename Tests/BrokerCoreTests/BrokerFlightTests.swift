import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerCore
import BrokerWire
import JSONText
import Macie2
import Testing

/// Many who wait for one answer, and the ways in which waiting ends.
@Suite struct BrokerFlightTests {
    /// SCARS 5.
    @Test func `1000 identical misses are one flight, and everybody is answered under their own id`() throws {
        let scene = Scene()
        var launches = 0
        for number in 1...1_000 {
            switch try scene.ask(id: .integer(Int64(number)), connection: UInt64(number)).reaction {
            case .launch: launches += 1
            case .waiting: break
            case .answered, .errand: Issue.record("answered without an answer")
            }
        }
        #expect(launches == 1)
        #expect(scene.broker.waiting == 1_000)
        let landed = try scene.land()
        #expect(landed.map(\.connection) == Array(1...1_000))
        #expect(landed.compactMap { $0.reply["id"]?.integer } == Array(1...1_000))
        #expect(landed.allSatisfy { $0.reply.outcome == "ok" })
        #expect(scene.audit.records.map(\.origin.connection) == Array(1...1_000))
        #expect(scene.broker.waiting == 0)
        #expect(try scene.status()["upstream"] == ["calls": 1, "failures": 0, "inFlight": 0])
    }

    @Test func `an asker with a limit of age shares a flight that is in the air`() throws {
        let scene = Scene()
        _ = try scene.ask()
        let fresh = Call.getMacieSession(SessionQuery(maxAgeSeconds: 0))
        #expect(try scene.ask(fresh, id: .integer(2)).reaction == .waiting)
        #expect(try scene.land().count == 2)
    }

    /// SCARS 15.
    @Test func `a failure is told once to all who wait and never kept`() throws {
        let scene = Scene()
        _ = try scene.ask(id: .integer(1))
        _ = try scene.ask(id: .integer(2))
        let landed = try scene.land(.throttled)
        #expect(landed.compactMap { $0.reply.outcome } == ["ThrottlingException", "ThrottlingException"])
        #expect(scene.audit.records.map(\.outcome) == ["ThrottlingException", "ThrottlingException"])
        #expect(try scene.ask(id: .integer(3)).reaction == .launch(.audit))
        #expect(try scene.land().map { $0.reply.outcome } == ["ok"])
    }

    @Test func `a session longer than any client takes is malformed, and not kept`() throws {
        let scene = Scene()
        _ = try scene.ask()
        let role = String(repeating: "\u{1}", count: 100_000)
        let landed = try scene.land(.session(MacieSession(serviceRole: role), requestID: nil, attempts: 1))
        #expect(landed.map { $0.reply.outcome } == ["UpstreamMalformed"])
        #expect(try scene.ask().reaction == .launch(.audit))
    }

    @Test func `a failure leaves an answer that is still good in the cache`() throws {
        let scene = Scene()
        _ = try scene.ask()
        _ = try scene.land()
        _ = try scene.ask(.getMacieSession(SessionQuery(maxAgeSeconds: 0)), at: .at(1))
        _ = try scene.land(.throttled, at: .at(1))
        #expect(try scene.ask(at: .at(2)).reply?["result"]?["provenance"]?["ageSeconds"]?.double == 2)
    }

    /// SCARS 16.
    @Test func `a waiter whose deadline passes is told so, and the flight goes on for the others`() throws {
        let scene = Scene()
        _ = try scene.ask(id: .integer(1), connection: 1, at: .at(0))
        _ = try scene.ask(id: .integer(2), connection: 2, at: .at(10))
        #expect(scene.broker.expire(at: .at(29)).isEmpty)
        let late = try scene.told(scene.broker.expire(at: .at(30.5)))
        #expect(late.map(\.connection) == [1])
        #expect(late.first?.reply.outcome == "DeadlineExceeded")
        #expect(late.first?.reply["id"] == 1)
        #expect(scene.broker.waiting == 1)
        #expect(try scene.land(at: .at(31)).map(\.connection) == [2])
        #expect(try scene.ask(at: .at(32)).reply?.outcome == "ok")
        #expect(scene.audit.records.map(\.outcome) == ["DeadlineExceeded", "ok", "ok"])
    }

    @Test func `an answer that nobody waits for any more is kept`() throws {
        let scene = Scene()
        _ = try scene.ask(at: .at(0))
        _ = scene.broker.expire(at: .at(31))
        #expect(try scene.land(at: .at(35)).isEmpty)
        #expect(try scene.ask(at: .at(36)).reply?.outcome == "ok")
    }

    @Test func `a broker that stops takes no new flight but answers from the cache and lets flights land`() throws {
        let scene = Scene(grants: [.grant("all", to: .everybody, regions: ["*"])])
        let ireland = Call.getMacieSession(SessionQuery(region: "eu-west-1"))
        _ = try scene.ask()
        _ = try scene.land()
        _ = try scene.ask(ireland, id: .string("in the air"))
        scene.broker.drain(at: .at(1))
        #expect(try scene.ask(at: .at(2)).reply?.outcome == "ok")
        #expect(try scene.ask(.whoAmI, at: .at(2)).reply?.outcome == "ok")
        #expect(try scene.ask(ireland, at: .at(2)).reply?.outcome == "ShuttingDown")
        let key = SessionKey(profile: .named("audit"), region: .ireland, action: "macie2:GetMacieSession")
        #expect(try scene.land(of: key, at: .at(3)).map { $0.reply["id"] } == ["in the air"])
    }

    @Test func `when the time for scene is over everybody who waits is told`() throws {
        let scene = Scene()
        for number in 1...100 { _ = try scene.ask(id: .integer(Int64(number)), connection: UInt64(number)) }
        let told = try scene.told(scene.broker.giveUp(at: .at(10)))
        #expect(told.map(\.connection) == Array(1...100))
        #expect(told.allSatisfy { $0.reply.outcome == "ShuttingDown" })
        #expect(scene.broker.waiting == 0)
        #expect(try scene.land(at: .at(11)).isEmpty)
        #expect(scene.audit.records.count == 100)
    }

    @Test func `a connection may have only so many requests in flight, and the one too many is refused alone`() throws {
        let scene = Scene()
        #expect(try scene.ask(inFlight: 31).reaction == .launch(.audit))
        #expect(try scene.ask(id: .string("over"), inFlight: 32).reply?.outcome == "TooManyInFlight")
        #expect(scene.audit.records.map(\.outcome) == ["TooManyInFlight"])
        _ = try scene.land()
        #expect(try scene.ask(inFlight: 32).reply?.outcome == "ok", "what is cached does not fly")
    }

    @Test func `counters tell results, refusals and failures apart`() throws {
        let scene = Scene()
        _ = try scene.ask()
        _ = try scene.land(.throttled)
        _ = try scene.ask()
        _ = try scene.land()
        _ = try scene.ask()
        _ = try scene.ask(as: .mallory)
        let status = try scene.status()
        #expect(status["requests"] == ["answered": 2, "refused": 1, "failed": 1])
        #expect(status["cache"] == ["entries": 1, "hits": 1, "misses": 2])
        #expect(status["upstream"] == ["calls": 4, "failures": 1, "inFlight": 0])
    }
}
