import AWSCredentials
import Secrets
import Testing
import Timestamps

/// Keys that an administrator gives a profile, beside the profile's own source.
@Suite struct GivenKeysTests {
    private let clock = SettableClock()
    private let source: ScriptedSource
    private let store: CredentialStore

    init() {
        source = ScriptedSource(.keys(lifetime: nil, id: "A1"), clock: clock)
        store = CredentialStore(clock: clock.clock())
        store.stock([.init(profile: "p", source: source, fingerprint: "1")])
    }

    private func give(_ id: String, seconds: Double? = nil) -> CredentialAccount? {
        store.give(.test(id: id, until: seconds.map { clock.wall.adding(seconds: $0) }), to: "p")
    }

    private func keyID() async -> String? { await store.keeper(of: "p", for: nil)?.keyID() }

    private func ends() -> [String?] { store.accounts().map(\.account.accessKeyIDEnd) }

    @Test func `they count before the source until they are removed`() async throws {
        #expect(await keyID() == "A1")
        let account = try #require(give("GIVEN1"))
        #expect(account.source == "given" && account.isUsable && account.accessKeyIDEnd == "VEN1")
        #expect(await keyID() == "GIVEN1")
        #expect(store.account(of: "p")?.source == "given")
        store.lookAfter()
        #expect(await keyID() == "GIVEN1" && source.fetches == 1)
        #expect(store.remove("p") == 2, "the source's own too")
        #expect(await keyID() == "A1" && source.fetches == 2)
    }

    @Test func `the moment they end the source counts again, whoever looks after them or not`() async {
        _ = give("GIVEN1", seconds: 60)
        #expect(await keyID() == "GIVEN1")
        clock.pass(.seconds(60))
        #expect(await keyID() == "A1")
        #expect(store.account(of: "p")?.source == "scripted")
        #expect(ends() == ["A1"])
    }

    @Test func `while they count a source that has nothing is not told of`() async {
        source.answer(.fail(.unusable))
        #expect(await keyID() == nil)
        #expect(ends() == [nil])
        _ = give("GIVEN1")
        #expect(ends() == ["VEN1"])
        _ = store.remove("p")
        source.answer(.keys(lifetime: nil, id: "A1"))
        _ = await keyID()
        _ = give("GIVEN2")
        #expect(ends() == ["VEN2", "A1"], "what is held is told of")
    }

    @Test func `a profile of given keys alone says what to do, before it has any and after they ended`() async throws {
        store.stock([.init(profile: "p", source: GivenOnly(), fingerprint: "2")])
        for _ in 1...2 {
            let failure = try #require(await store.keeper(of: "p", for: nil)?.failure())
            #expect(failure.kind == .unusable && failure.source == "given")
            #expect(failure.why == "nobody has given this profile keys, or they have ended")
            #expect(failure.remedy.contains("macie-broker admin credentials add"))
            _ = give("GIVEN1", seconds: 2)
            #expect(await keyID() == "GIVEN1")
            clock.pass(.seconds(2))
        }
    }

    @Test func `another source, or the same one read anew, leaves them; a profile that is gone does not`() async {
        _ = give("GIVEN1")
        store.stock([.init(profile: "p", source: source, fingerprint: "1")])
        #expect(await keyID() == "GIVEN1")
        store.stock([.init(profile: "p", source: source, fingerprint: "2")])
        #expect(await keyID() == "GIVEN1")
        store.stock([])
        #expect(give("GIVEN2") == nil && store.remove("p") == nil)
        store.stock([.init(profile: "p", source: source, fingerprint: "2")])
        #expect(await keyID() == "A1")
    }

    @Test func `everything can be dropped`() async {
        store.stock([
            .init(profile: "p", source: GivenOnly(), fingerprint: "2"),
            .init(profile: "q", source: source, fingerprint: "1"),
        ])
        _ = give("GIVEN1")
        _ = await store.keeper(of: "q", for: nil)?.keyID()
        #expect(store.dropAll() == 2)
        #expect(await keyID() == nil)
        #expect(store.accounts().allSatisfy { !$0.account.isUsable })
        #expect(store.dropAll() == 0)
    }
}
