import AWSCredentials
import Secrets
import Synchronization
import Testing
import Timestamps

@Suite struct CredentialStoreTests {
    private let clock = SettableClock()

    /// A source that gives each user keys of their own.
    private final class Personal: CredentialSource {
        let name = "personal"
        let isPersonal = true
        private let clock: SettableClock
        private let lifetime: Double?
        private let uids = Mutex<[UInt32]>([])

        init(clock: SettableClock, lifetime: Double? = nil) {
            self.clock = clock
            self.lifetime = lifetime
        }

        /// The users for whom it was asked, in order; the broker itself is none.
        var fetchedFor: [UInt32] { uids.withLock { $0 } }
        var fetches: Int { fetchedFor.count }

        func fetch(for user: SessionUser?) async throws -> FetchedCredential {
            if let user { uids.withLock { $0.append(user.uid) } }
            return FetchedCredential(
                .test(
                    id: "AK\(user.map { Int($0.uid) } ?? -1)", until: lifetime.map { clock.wall.adding(seconds: $0) }),
                from: name)
        }
    }

    private func supply(_ profile: String, _ source: any CredentialSource, _ fingerprint: String = "1")
        -> CredentialStore.Supply
    {
        CredentialStore.Supply(profile: profile, source: source, fingerprint: fingerprint)
    }

    private func keyID(_ store: CredentialStore, _ profile: String = "p", for uid: UInt32? = nil) async -> String? {
        await store.keeper(of: profile, for: uid.map { SessionUser(uid: $0, name: nil) })?.keyID()
    }

    @Test func `a reload keeps what comes from the same source, and wipes the rest`() async throws {
        let store = CredentialStore(clock: clock.clock())
        let sources = (0..<5).map { ScriptedSource(.keys(lifetime: nil, id: "K\($0)"), clock: clock) }
        store.stock([supply("same", sources[0]), supply("changed", sources[1]), supply("gone", sources[2])])
        for profile in ["same", "changed", "gone"] { #expect(await keyID(store, profile) != nil) }
        weak let kept = try await store.keeper(of: "same", for: nil)?.credential()
        weak let wiped = try await store.keeper(of: "changed", for: nil)?.credential()
        weak let gone = try await store.keeper(of: "gone", for: nil)?.credential()
        #expect(kept != nil && wiped != nil && gone != nil)
        store.stock([supply("same", sources[3]), supply("changed", sources[4], "2")])
        #expect(kept != nil && wiped == nil && gone == nil)
        #expect(await keyID(store, "same") == "K0" && sources[0].fetches == 1 && sources[3].fetches == 0)
        #expect(await keyID(store, "changed") == "K4" && store.keeper(of: "gone", for: nil) == nil)
        #expect(store.account(of: "gone") == nil && store.accounts().map(\.profile) == ["changed", "same"])
    }

    @Test func `given keys win, outlive reloads, end, and make room again`() async throws {
        let store = CredentialStore(clock: clock.clock())
        let source = Personal(clock: clock)
        store.stock([supply("p", source)])
        #expect(store.isPersonal("p"))
        #expect(store.give(.test(id: "GIVEN"), to: "nobody") == nil)
        let account = store.give(.test(id: "GIVEN", until: clock.wall.adding(seconds: 900)), to: "p")
        #expect(account?.source == "given" && account?.accessKeyIDEnd == "IVEN" && account?.isUsable == true)
        #expect(!store.isPersonal("p"))
        #expect(await keyID(store, for: 1) == "GIVEN")
        store.stock([supply("p", source, "2")])
        #expect(await keyID(store, for: 1) == "GIVEN" && source.fetches == 0)
        clock.pass(.seconds(897))
        store.lookAfter()
        #expect(await keyID(store, for: 1) == "GIVEN")
        clock.pass(.seconds(4))
        // At once, whether or not anybody has looked after the store.
        #expect(await keyID(store, for: 1) == "AK1" && store.isPersonal("p"))
    }

    @Test func `given keys that are removed make room for the source`() async throws {
        let store = CredentialStore(clock: clock.clock())
        let source = ScriptedSource(.keys(lifetime: nil, id: "OWN"), clock: clock)
        store.stock([supply("p", source)])
        #expect(await keyID(store) == "OWN")
        weak let held = try await store.keeper(of: "p", for: nil)?.credential()
        weak var given: Credential?
        do {
            let credential = Credential.test(id: "GIVEN")
            given = credential
            _ = store.give(credential, to: "p")
        }
        #expect(await keyID(store) == "GIVEN" && store.accounts().count == 2)
        #expect(store.remove("p") == 2 && store.remove("p") == 0 && store.remove("nobody") == nil)
        #expect(held == nil && given == nil)
        #expect(await keyID(store) == "OWN" && source.fetches == 2)
    }

    @Test func `each user has a credential of their own, and 256 at most have one`() async throws {
        let store = CredentialStore(clock: clock.clock())
        let source = Personal(clock: clock)
        store.stock([supply("p", source)])
        for uid in UInt32(0)..<256 {
            clock.pass(.seconds(1))
            #expect(await keyID(store, for: uid) == "AK\(uid)")
        }
        // And the broker's own, which nobody has needed yet.
        #expect(store.accounts().count == 257 && source.fetches == 256)
        // Who asked longest ago makes room: not user 0, who has just asked again.
        clock.pass(.seconds(1))
        #expect(await keyID(store, for: 0) == "AK0" && source.fetches == 256)
        clock.pass(.seconds(1))
        #expect(await keyID(store, for: 1_000) == "AK1000")
        let users = Set(store.accounts().compactMap { $0.account.user?.uid })
        #expect(
            users.count == 256 && users.contains(0) && !users.contains(1) && users.contains(2) && users.contains(1_000))
        #expect(await keyID(store, for: 1) == "AK1" && source.fetches == 258)
    }

    @Test func `who has just come does not make room for the next`() async throws {
        let store = CredentialStore(clock: clock.clock())
        store.stock([supply("p", Personal(clock: clock))])
        for uid in UInt32(0)..<256 {
            clock.pass(.seconds(1))
            _ = await keyID(store, for: uid)
        }
        clock.pass(.seconds(1))
        // Two that ask for the first time, before either has been answered.
        let first = store.keeper(of: "p", for: SessionUser(uid: 500, name: nil))
        _ = store.keeper(of: "p", for: SessionUser(uid: 501, name: nil))
        #expect(store.keeper(of: "p", for: SessionUser(uid: 500, name: nil)) === first)
    }

    @Test func `a user with another name is another user`() async throws {
        let store = CredentialStore(clock: clock.clock())
        let source = Personal(clock: clock)
        store.stock([supply("p", source)])
        for name in ["a", "b", nil] { _ = await store.keeper(of: "p", for: SessionUser(uid: 1, name: name))?.keyID() }
        #expect(source.fetches == 3)
    }

    @Test func `dropping all leaves nothing, and the environment's keys are gone for good`() async throws {
        let start = StartEnvironment(["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "CANARY"])
        let files = try TemporaryFiles(
            config: """
                [profile r]
                role_arn = arn:r
                source_profile = k
                [profile k]
                aws_access_key_id = AK
                aws_secret_access_key = CANARY
                """)
        let network = ScriptedNetwork(.ok(STSXML.answer(to: "AssumeRole")))
        var context = SourceContext.offline(
            files.environment.merging(["AWS_REGION": "eu-west-1"]) { $1 }, exchange: network, clock: clock.clock())
        var locations = SharedFileLocations(environment: files.environment)
        locations.profile = "r"
        let role = SharedFilesSource(locations, context: context)
        context.environment = start
        let store = CredentialStore(clock: clock.clock())
        let other = ScriptedSource(.keys(lifetime: nil, id: "OWN"), clock: clock)
        store.stock([
            supply("environment", start.keys), supply("role", role), supply("other", other),
            supply("personal", Personal(clock: clock)),
            supply("chain", DefaultChain(SharedFileLocations(environment: files.environment), context: context)),
        ])
        _ = store.give(.test(id: "GIVEN"), to: "other")
        for (profile, id) in [("environment", "ENV"), ("chain", "ENV"), ("role", "ASIA1"), ("other", "GIVEN")] {
            #expect(await keyID(store, profile) == id)
        }
        #expect(await keyID(store, "personal", for: 1) == "AK1")
        #expect(store.dropAll() == 5)
        #expect(store.accounts().allSatisfy { !$0.account.isUsable && $0.account.accessKeyIDEnd == nil })
        // Nothing is looked for again before somebody asks.
        store.lookAfter()
        await store.keeper(of: "other", for: nil)?.settled()
        #expect(other.fetches == 0 && network.requests.count == 1)
        for profile in ["environment", "chain"] {
            let failure = await store.keeper(of: profile, for: nil)?.failure()
            expect(
                failure, .unusable, from: "environment", why: "the keys of the environment were dropped",
                remedy: "start")
        }
        #expect(await keyID(store, "other") == "OWN")
        #expect(await keyID(store, "role") == "ASIA1")
        #expect(network.requests.count == 2)
    }

    @Test func `the environment's keys go from the chain that found them`() async throws {
        let environment = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "CANARY"]
        let chain = DefaultChain(SharedFileLocations(environment: [:]), context: .offline(environment))
        let store = CredentialStore(clock: clock.clock())
        store.stock([supply("p", chain)])
        #expect(await keyID(store) == "ENV" && store.dropAll() == 1)
        expect(await store.keeper(of: "p", for: nil)?.failure(), .unusable, from: "environment", why: "were dropped")
    }

    @Test func `the environment's keys go although no profile uses them`() async throws {
        let start = StartEnvironment(["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "CANARY"])
        let store = CredentialStore(environment: start.keys, clock: clock.clock())
        #expect(store.dropAll() == 0)
        expect(await start.keys.failure(), .unusable, from: "environment", why: "were dropped")
    }

    @Test func `keys that a role was assumed with are wiped with the rest`() async throws {
        let source = OneTime(.test(id: "BASE"))
        weak let base = source.credentialLeft
        let context = SourceContext.offline(
            ["AWS_REGION": "eu-west-1"], exchange: ScriptedNetwork(.ok(STSXML.answer(to: "AssumeRole"))),
            clock: clock.clock())
        let store = CredentialStore(clock: clock.clock())
        store.stock([supply("p", RoleSource(RoleSettings(arn: "arn:r"), with: source, context: context))])
        #expect(await keyID(store) == "ASIA1" && base != nil)
        #expect(store.remove("p") == 1)
        #expect(base == nil)
        expect(await store.keeper(of: "p", for: nil)?.failure(), .unusable, from: "one-time", why: "it is used up")
    }

    @Test func `what has ended is let go of, a user's too, and not fetched again for nobody`() async throws {
        let store = CredentialStore(clock: clock.clock())
        let source = Personal(clock: clock, lifetime: 900)
        store.stock([supply("p", source)])
        weak let held = try await store.keeper(of: "p", for: SessionUser(uid: 1, name: nil))?.credential()
        store.lookAfter()
        #expect(held != nil)
        clock.pass(.seconds(900))
        store.lookAfter()
        #expect(held == nil && source.fetches == 1)
    }

    @Test func `what is looked after is renewed in time, common ones always, a user's if they asked`() async throws {
        let store = CredentialStore(clock: clock.clock())
        let common = ScriptedSource(.keys(lifetime: 3_600), clock: clock)
        let personal = Personal(clock: clock, lifetime: 3_600)
        store.stock([supply("p", common), supply("personal", personal)])
        let idle = store.keeper(of: "personal", for: SessionUser(uid: 1, name: nil))
        let busy = store.keeper(of: "personal", for: SessionUser(uid: 2, name: nil))
        for keeper in [store.keeper(of: "p", for: nil), idle, busy] { #expect(await keeper?.keyID() != nil) }
        #expect(await busy?.keyID() == "AK2")
        clock.pass(.seconds(2_701))
        store.lookAfter()
        for keeper in [store.keeper(of: "p", for: nil), idle, busy] { await keeper?.settled() }
        #expect(common.fetches == 2)
        #expect(personal.fetchedFor == [1, 2, 2])
    }
}

/// Gives a credential once, and keeps none.
private final class OneTime: CredentialSource {
    let name = "one-time"
    private let left: Mutex<Credential?>

    init(_ credential: Credential) { left = Mutex(credential) }

    var credentialLeft: Credential? { left.withLock { $0 } }

    func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        guard let credential = left.withLock({ $0.take() }) else {
            throw CredentialFailure(source: name, why: "it is used up", remedy: "none")
        }
        return FetchedCredential(credential, from: name)
    }
}
