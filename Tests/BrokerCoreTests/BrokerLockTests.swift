import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Testing

@testable import BrokerCore

/// PROTOCOL.md, 15.5 and 15.6.
@Suite struct BrokerLockTests {
    private static let fresh = Call.getMacieSession(SessionQuery(maxAgeSeconds: 0))

    private func locked(_ scene: Scene = Scene()) async throws -> Scene {
        #expect(try await scene.administer(.lock(passphrase()))["result"] == ["locked": true])
        return scene
    }

    @Test func `while it is locked every AWS action is refused, cached or not, and nothing is signed`() async throws {
        let scene = Scene()
        _ = try scene.ask()
        _ = try scene.land()
        #expect(try scene.ask().reply?.outcome == "ok")
        _ = try await locked(scene)
        for call in [Call.getMacieSession(SessionQuery()), Self.fresh] {
            let error = try #require(try scene.ask(call, at: .at(1)).reply)
            #expect(error.outcome == "Locked")
            #expect(error["error"]?["data"]?["retryable"] == true)
        }
        #expect(scene.broker.waiting == 0)
        #expect(scene.upstream.locks.all == [true])
        for call in [Call.whoAmI, .status, .discover] { #expect(try scene.ask(call).reply?.outcome == "ok") }
        #expect(try scene.status()["locked"] == true)
        #expect(scene.audit.records.filter { $0.outcome == "Locked" }.count == 2)
        #expect(scene.audit.events.filter { $0.isAdmins(.lock) }.count == 1)
    }

    @Test func `who may not ask hears of no lock`() async throws {
        let scene = try await locked()
        #expect(try scene.ask(as: .mallory).reply?.outcome == "PermissionDenied")
    }

    @Test func `who waits for AWS is told so at once, and what comes back is for later`() async throws {
        let scene = Scene()
        for number in 1...3 { _ = try scene.ask(id: .integer(Int64(number)), connection: UInt64(number)) }
        let errand = try scene.errand(for: .lock(passphrase()))
        #expect(scene.broker.waiting == 3, "not before the lock is shut")
        let told = try scene.told(scene.broker.finish(errand, with: await errand.run(on: scene.host), at: .at(1)))
        #expect(told.map(\.connection) == [1, 2, 3, 900])
        #expect(told.map { $0.reply.outcome } == ["Locked", "Locked", "Locked", "ok"])
        #expect(scene.broker.waiting == 0)
        #expect(try scene.land(at: .at(2)).isEmpty)
        #expect(try scene.ask(at: .at(2)).reply?.outcome == "Locked")
        #expect(try await scene.administer(.unlock(passphrase()), at: .at(3))["result"] == ["locked": false])
        #expect(try scene.ask(at: .at(3)).reply?.outcome == "ok")
    }

    @Test func `the right passphrase opens it, and no other one`() async throws {
        let scene = try await locked()
        for wrong in ["open sesam", "open sesame ", "Open sesame", "x"] {
            let reply = try await scene.administer(.unlock(passphrase(wrong)))
            #expect(reply.outcome == "WrongPassphrase")
            #expect(reply["error"]?["data"]?["retryable"] == false)
            scene.broker.mayTryAgain()
            #expect(try scene.ask(Self.fresh).reply?.outcome == "Locked")
        }
        #expect(try await scene.administer(.unlock(passphrase()))["result"] == ["locked": false])
        #expect(try scene.ask(Self.fresh).reaction == .launch(.audit))
        #expect(scene.upstream.locks.all == [true, false])
        #expect(scene.audit.events.filter { $0.isAdmins(.unlock(outcome: "WrongPassphrase")) }.count == 4)
        #expect(scene.audit.events.filter { $0.isAdmins(.unlock(outcome: "ok")) }.count == 1)
    }

    @Test func `what is not locked is unlocked by anything, and what is locked is not locked again`() async throws {
        let scene = Scene()
        #expect(try await scene.administer(.unlock(passphrase("x")))["result"] == ["locked": false])
        _ = try await locked(scene)
        #expect(try await scene.administer(.lock(passphrase("another"))).outcome == "Locked")
        #expect(try await scene.administer(.unlock(passphrase("another"))).outcome == "WrongPassphrase")
        scene.broker.mayTryAgain()
        #expect(try await scene.administer(.unlock(passphrase()))["result"] == ["locked": false])
    }

    /// The judgement, without the work that it takes.
    private func judge(_ isRight: Bool, in scene: Scene) throws -> Broker.Delivery {
        let errand = try scene.errand(for: .unlock(passphrase("guess")))
        return try #require(scene.broker.finish(errand, with: ErrandOutcome(.unsealed(isRight)), at: .at(0)).last)
    }

    @Test func `each wrong passphrase costs a tenth of a second more than the one before, and ten seconds at most`()
        async throws
    {
        let scene = try await locked()
        var delays: [Double] = []
        for _ in 1...103 {
            delays.append(try judge(false, in: scene).delay)
            scene.broker.mayTryAgain()
        }
        #expect(delays.prefix(3) == [0.1, 0.2, 0.1 * 3])
        #expect(abs(delays[98] - 9.9) < 1e-9)
        #expect(delays.suffix(4) == [10, 10, 10, 10])
        #expect(try judge(true, in: scene).delay == 0)
        _ = try await locked(scene)
        #expect(try judge(false, in: scene).delay == 0.1, "in a row")
    }

    @Test func `none is judged while another is, or while a wrong one costs its time`() async throws {
        let scene = try await locked()
        let first = try scene.errand(for: .unlock(passphrase("guess")), id: .integer(1))
        func isTurnedAway() throws -> Bool {
            let reply = try scene.askAdmin(.unlock(passphrase()), id: .integer(2)).reply
            return reply?.outcome == "RateLimited"
        }
        #expect(try isTurnedAway())
        let told = scene.broker.finish(first, with: ErrandOutcome(.unsealed(false)), at: .at(0))
        #expect(told.map(\.delay) == [0.1])
        #expect(try isTurnedAway(), "also the right one")
        #expect(try scene.askAdmin(.lock(passphrase()), id: .integer(3)).reply?.outcome == "Locked")
        scene.broker.mayTryAgain()
        #expect(try await scene.administer(.unlock(passphrase()))["result"] == ["locked": false])
    }

    @Test func `two cannot lock it at the same time, each with a passphrase of its own`() throws {
        let scene = Scene()
        _ = try scene.errand(for: .lock(passphrase("one")))
        #expect(try scene.askAdmin(.lock(passphrase("two"))).reply?.outcome == "RateLimited")
    }

    @Test func `the passphrase is kept nowhere`() async throws {
        let scene = Scene()
        weak var kept: Passphrase?
        do {
            let text = try passphrase("open sesame")
            kept = text
            _ = try await scene.administer(.lock(text))
        }
        #expect(kept == nil)
        var everything = ""
        dump(scene.broker, to: &everything)
        dump(scene.audit.records, to: &everything)
        dump(scene.audit.events, to: &everything)
        #expect(everything.contains("SealedPassphrase"), "the lock is among what is searched")
        for form in ["sesame", Array("open sesame".utf8).map(String.init).joined(separator: "\n")] {
            #expect(!everything.contains(form))
        }
    }

    @Test func `what it is checked against is another for each lock`() throws {
        let (one, other) = (SealedPassphrase(try passphrase()), SealedPassphrase(try passphrase()))
        #expect(one != nil && other != nil && one != other)
        #expect(try #require(one).opens(with: passphrase()))
        #expect(try !#require(one).opens(with: passphrase("open sesamf")))
    }

    @Test func `a lock outlives a reload`() async throws {
        let scene = try await locked()
        let upstream = IdleUpstream()
        #expect(try await scene.reload(upstream: upstream)["result"] != nil)
        #expect(upstream.locks.all == [true])
        #expect(try scene.ask().reply?.outcome == "Locked")
    }
}
