import AWSCredentials
import Secrets
import Synchronization
import Testing
import Timestamps

@Suite struct CredentialKeeperTests {
    private let clock = SettableClock()

    @Test func `a thousand requests at the moment of expiry cause one fetch`() async throws {
        let source = ScriptedSource(.keys(lifetime: 3_600, id: "A1"), clock: clock)
        let keeper = CredentialKeeper(source, clock: clock.clock())
        #expect(await keeper.keyID() == "A1")
        clock.pass(.seconds(3_600))
        source.answer(.keys(lifetime: 3_600, id: "A2"))
        let gate = source.hold()
        let ids = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<1_000 { group.addTask { await keeper.keyID() } }
            for _ in 0..<100 { await Task.yield() }
            gate.finish()
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(ids.count == 1_000 && ids.allSatisfy { $0 == "A2" } && source.fetches == 2)
    }

    @Test func `a source that is down for the whole remaining life fails no request before the end`() async throws {
        let source = ScriptedSource(.keys(lifetime: 3_600, id: "A1"), clock: clock)
        let events = Mutex<[CredentialNews.Event]>([])
        let keeper = CredentialKeeper(source, clock: clock.clock(random: 1)) { news in
            events.withLock { $0.append(news.event) }
        }
        #expect(await keeper.keyID() == "A1")
        source.answer(.fail(.unreachable))
        for _ in 0..<359 {
            clock.pass(.seconds(10))
            keeper.lookAfter()
            #expect(await keeper.keyID() == "A1")
        }
        // The last seconds do not count.
        clock.pass(.seconds(9))
        let failure = await keeper.failure()
        #expect(failure?.kind == .unreachable && failure?.source == "scripted")
        #expect((failure?.retryAfterSeconds ?? 0) > 0)
        // 900 s, from 1 s to 5 minutes apart: a dozen tries, not a hundred.
        #expect((5...20).contains(source.fetches), "\(source.fetches)")
        source.answer(.keys(lifetime: 3_600, id: "A2"))
        clock.pass(.seconds(301))
        #expect(await keeper.keyID() == "A2")
        let told = events.withLock { $0 }
        #expect(told.count == 4, "\(told)")
        guard case .obtained = told.first, case .failing = told[1], case .lost = told[2], case .recovered = told[3]
        else {
            Issue.record("\(told)")
            return
        }
    }

    @Test func `in the last window a request waits for the new one, but not for long`() async throws {
        let source = ScriptedSource(.keys(lifetime: 3_600, id: "A1"), clock: clock)
        let keeper = CredentialKeeper(source, clock: clock.clock())
        #expect(await keeper.keyID() == "A1")
        clock.pass(.seconds(3_100))
        source.answer(.keys(lifetime: 3_600, id: "A2"))
        let gate = source.hold()
        // The clock's sleep takes no time: the wait is over at once.
        #expect(await keeper.keyID() == "A1")
        gate.finish()
        await keeper.settled()
        #expect(await keeper.keyID() == "A2" && source.fetches == 2)
    }

    @Test func `in the first window nobody waits`() async throws {
        let source = ScriptedSource(.keys(lifetime: 3_600, id: "A1"), clock: clock)
        let keeper = CredentialKeeper(
            source, clock: clock.clock(sleep: { _ in try await Task.sleep(for: .seconds(3_600)) }))
        #expect(await keeper.keyID() == "A1")
        clock.pass(.seconds(2_800))
        let gate = source.hold()
        #expect(await keeper.keyID() == "A1")
        gate.finish()
        await keeper.settled()
    }

    @Test(arguments: [3_600.0, -3_600])
    func `a step of the wall clock changes nothing`(step: Double) async throws {
        let source = ScriptedSource(.keys(lifetime: 7_200, id: "A1"), clock: clock)
        let keeper = CredentialKeeper(source, clock: clock.clock())
        #expect(await keeper.keyID() == "A1")
        clock.step(by: step)
        #expect(await keeper.keyID() == "A1" && source.fetches == 1)
        clock.pass(.seconds(5_000))
        #expect(await keeper.keyID() == "A1" && source.fetches == 1)
        // It ends when it ends by the time that has passed.
        clock.pass(.seconds(2_200))
        source.answer(.fail(.unreachable))
        #expect(await keeper.keyID() == nil)
    }

    @Test(arguments: [3_600.0, -3_600])
    func `with a wrong wall clock the giver's own time counts`(error: Double) async throws {
        let source = ScriptedSource(.keys(lifetime: 3_600, id: "A1"), clock: clock)
        source.setClockOfGiver(ahead: error)
        let keeper = CredentialKeeper(source, clock: clock.clock())
        #expect(await keeper.keyID() == "A1")
        clock.pass(.seconds(2_600))
        #expect(await keeper.keyID() == "A1" && source.fetches == 1)
        clock.pass(.seconds(1_000))
        source.answer(.fail(.unreachable))
        #expect(await keeper.keyID() == nil)
    }

    @Test func `after a suspend what has ended is not used`() async throws {
        let source = ScriptedSource(.keys(lifetime: 3_600, id: "A1"), clock: clock)
        let keeper = CredentialKeeper(source, clock: clock.clock())
        #expect(await keeper.keyID() == "A1")
        clock.pass(.seconds(86_400))
        source.answer(.keys(lifetime: 3_600, id: "A2"))
        #expect(await keeper.keyID() == "A2")
    }

    @Test func `files that change are read again at once, and what was good stays when they are broken`() async throws {
        let source = ScriptedSource(.keys(lifetime: nil, id: "A1"), clock: clock)
        let keeper = CredentialKeeper(source, clock: clock.clock(random: 1))
        #expect(await keeper.keyID() == "A1" && source.fetches == 1)
        source.answer(.fail(.unusable))
        source.touch("/etc/passwd")
        #expect(await keeper.keyID() == "A1" && source.fetches == 2)
        // Not for each request: until the files change, or the time of rest is over.
        #expect(await keeper.keyID() == "A1" && source.fetches == 2)
        source.answer(.keys(lifetime: nil, id: "A2"))
        source.touch("/etc/hostname")
        #expect(await keeper.keyID() == "A2" && source.fetches == 3)
    }

    @Test func `a waiter that leaves does not end the fetch`() async throws {
        let source = ScriptedSource(.keys(lifetime: 3_600, id: "A1"), clock: clock)
        let keeper = CredentialKeeper(source, clock: clock.clock())
        let gate = source.hold()
        let first = Task { await keeper.keyID() }
        while source.fetches == 0 { await Task.yield() }
        let second = Task { await keeper.keyID() }
        first.cancel()
        gate.finish()
        #expect(await second.value == "A1" && source.fetches == 1)
    }

    @Test func `what is dropped is gone, and what was being fetched is not kept`() async throws {
        let source = ScriptedSource(.keys(lifetime: 3_600, id: "A1"), clock: clock)
        let keeper = CredentialKeeper(source, clock: clock.clock())
        let gate = source.hold()
        let asker = Task { await keeper.failure() }
        while source.fetches == 0 { await Task.yield() }
        keeper.drop()
        gate.finish()
        #expect(await asker.value?.why.contains("dropped") == true)
        #expect(!keeper.account.isUsable && source.fetches == 1)
        #expect(await keeper.keyID() == "A1" && source.fetches == 2)
        keeper.drop()
        #expect(!keeper.account.isUsable)
    }

    @Test func `a credential that AWS refuses is replaced when the source has another`() async throws {
        let source = ScriptedSource(.keys(lifetime: nil, id: "A1"), clock: clock)
        let keeper = CredentialKeeper(source, clock: clock.clock())
        let first = try await keeper.credential()
        // The same keys, read again, are no other.
        #expect(await keeper.replacement(for: first) == nil)
        clock.pass(.seconds(11))
        source.answer(.keys(lifetime: nil, id: "A2"))
        let second = try await keeper.credential()
        #expect(await keeper.replacement(for: second)?.accessKeyID == "A2")
        // Somebody else has replaced it already: no fetch.
        let fetches = source.fetches
        #expect(await keeper.replacement(for: first)?.accessKeyID == "A2" && source.fetches == fetches)
    }

    @Test func `what nobody uses is not renewed for its own sake`() async throws {
        let source = ScriptedSource(.keys(lifetime: 3_600), clock: clock)
        let keeper = CredentialKeeper(source, clock: clock.clock())
        #expect(await keeper.keyID() != nil)
        clock.pass(.seconds(2_800))
        keeper.lookAfter(ifUsed: true)
        await keeper.settled()
        #expect(source.fetches == 1)
        keeper.lookAfter()
        await keeper.settled()
        #expect(source.fetches == 2)
    }
}
