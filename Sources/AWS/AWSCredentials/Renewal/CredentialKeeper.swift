package import Secrets
import Synchronization
import Timestamps

/// Holds the credential of one source, for one user or for all, and has it renewed in time: one fetch at a time, whoever and
/// however many wait for it. The last good one is used while it is valid; one that has ended never is.
package final class CredentialKeeper: Sendable {
    package let source: any CredentialSource
    package let user: SessionUser?
    private let clock: CredentialClock
    private let report: @Sendable (CredentialNews) -> Void
    private let state = Mutex(State())

    /// How long a request waits for a new credential while it has an old one that will do.
    static let patience = Duration.seconds(2)

    private struct State {
        var renewal = Renewal()
        var isFetching = false
        /// What the files looked like when the source was last asked.
        var stamp: FileStamps?
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
        /// Counts what has been dropped: a fetch that began before is not kept.
        var generation = 0
        /// Whether anybody asked since the last fetch.
        var wasUsed = false
        var lastUse = Duration.zero
        /// Dropped, and nobody has asked since: then the source is left alone.
        var isDropped = false
    }

    /// `report` is told of every change of state, once.
    package init(
        _ source: any CredentialSource, for user: SessionUser? = nil, clock: CredentialClock,
        report: @escaping @Sendable (CredentialNews) -> Void = { _ in }
    ) {
        self.source = source
        self.user = user
        self.clock = clock
        self.report = report
        let now = clock.uptime()
        state.withLock { $0.lastUse = now }
    }

    /// Holds a credential that is there already, and that nobody renews.
    convenience init(holding credential: Credential, from name: String, clock: CredentialClock) {
        self.init(HeldSource(name: name, credential: credential), clock: clock)
        let (now, awsTime, wall) = (clock.uptime(), clock.awsTime(), clock.wall())
        state.withLock { state in
            _ = state.renewal.fetched(
                FetchedCredential(credential, from: name), at: now, awsTime: awsTime, wall: wall, random: 1)
        }
    }

    /// A credential that is valid now. Throws `CredentialFailure`.
    package func credential() async throws -> Credential {
        let first = consult(mayFetch: true)
        switch first {
        case .use(let credential), .useAndFetch(let credential): return credential
        case .fail(let failure): throw failure
        case .fetch(let fallback):
            await landing(within: fallback == nil ? nil : Self.patience)
            let now = clock.uptime()
            if let credential = state.withLock({ $0.renewal.usable(at: now) }) { return credential }
            guard case .fail(let failure) = consult(mayFetch: false) else {
                throw CredentialFailure(
                    kind: .unreachable, source: source.name,
                    why: "the credentials were dropped while they were fetched",
                    remedy: "ask again")
            }
            throw failure
        }
    }

    /// Another credential than `refused`, which AWS does not take; nil when the source has no other now.
    package func replacement(for refused: Credential) async -> Credential? {
        let now = clock.uptime()
        guard state.withLock({ $0.renewal.refused(refused, at: now) }), let other = try? await credential(),
            !other.hasSameKeys(as: refused)
        else { return nil }
        return other
    }

    /// Asks the source when it is time to, though nobody waits.
    /// - Parameter ifUsed: leaves alone what nobody has asked for since it came.
    package func lookAfter(ifUsed: Bool = false) {
        let now = clock.uptime()
        let (isDue, change) = state.withLock { state in
            let isWanted = !state.isDropped && (!ifUsed || state.wasUsed)
            return (
                isWanted && !state.isFetching && state.renewal.isDue(at: now), state.renewal.noticeEnd(at: now)
            )
        }
        tell(change)
        if isDue { fetch() }
    }

    /// Forgets the credential; what is being fetched at this moment is not kept either. The source is asked again when
    /// somebody asks for a credential.
    package func drop() {
        state.withLock { state in
            state.renewal.drop()
            state.generation += 1
            state.stamp = nil
            state.isDropped = true
        }
    }

    /// What is known of it, without asking anybody.
    package var account: CredentialAccount {
        let now = clock.uptime()
        return state.withLock { state in
            let held = state.renewal.usable(at: now)
            return CredentialAccount(
                source: state.renewal.heldSource ?? state.renewal.lastAttempt?.failure?.source ?? source.name,
                user: user, accessKeyIDEnd: held?.accessKeyIDEnd,
                accountID: held == nil ? nil : state.renewal.heldAccountID,
                expiresAt: held?.expiration, isUsable: held != nil, lastAttempt: state.renewal.lastAttempt?.time,
                failure: state.renewal.lastAttempt?.failure)
        }
    }

    /// When somebody last asked, by the clock's uptime.
    var lastUse: Duration { state.withLock { $0.lastUse } }
}

extension CredentialKeeper {
    /// Decides, and starts the fetch that the decision asks for.
    private func consult(mayFetch: Bool) -> Renewal.Decision {
        let stamp = source.stamp
        let now = clock.uptime()
        let (decision, starts, change) = state.withLock { state in
            state.wasUsed = true
            if mayFetch { state.isDropped = false }
            state.lastUse = now
            let changed = state.stamp.map { $0 != stamp } ?? false
            let decision = state.renewal.decide(at: now, filesChanged: mayFetch && changed && !state.isFetching)
            let wants =
                switch decision {
                case .use, .fail: false
                case .useAndFetch, .fetch: mayFetch
                }
            return (decision, wants && !state.isFetching, state.renewal.noticeEnd(at: now))
        }
        tell(change)
        if starts { fetch() }
        return decision
    }

    /// Asks the source. This is the one unstructured task here: the fetch belongs to all who wait for it, and none of them
    /// may end it by leaving (SCARS 16). It ends by itself, for every source bounds its own time.
    private func fetch() {
        let began = state.withLock { state -> Int? in
            guard !state.isFetching else { return nil }
            state.isFetching = true
            state.wasUsed = false
            state.stamp = source.stamp
            return state.generation
        }
        guard let began else { return }
        Task { await self.fetch(since: began) }
    }

    private func fetch(since generation: Int) async {
        let outcome: Result<FetchedCredential, CredentialFailure>
        do {
            outcome = .success(try await source.fetch(for: user))
        } catch let failure as CredentialFailure {
            outcome = .failure(failure)
        } catch {
            outcome = .failure(
                CredentialFailure(
                    kind: .unreachable, source: source.name, why: "the source failed in a way it should not",
                    remedy: "see the broker's log"))
        }
        let stamp = source.stamp
        let (now, wall, random) = (clock.uptime(), clock.wall(), clock.random())
        let (change, waiters) = state.withLock { state in
            state.isFetching = false
            defer { state.waiters = [:] }
            let waiters = state.waiters.values
            guard state.generation == generation else { return (Renewal.Change?.none, Array(waiters)) }
            state.stamp?.learn(from: stamp)
            let change =
                switch outcome {
                case .success(let fetched):
                    state.renewal.fetched(fetched, at: now, awsTime: clock.awsTime(), wall: wall, random: random)
                case .failure(let failure): state.renewal.failed(failure, at: now, wall: wall, random: random)
                }
            return (change, Array(waiters))
        }
        tell(change)
        for waiter in waiters { waiter.resume() }
    }

    /// Waits for the fetch that is under way, if there is one, for as long as `patience` says; nil: to its end.
    package func landing(within patience: Duration?) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let alarm = patience.map { patience in
            Task { [clock] in
                try? await clock.sleep(patience)
                self.leave(number)
            }
        }
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                guard state.isFetching else { return true }
                state.waiters[number] = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
        alarm?.cancel()
    }

    private func leave(_ number: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }

    private func tell(_ change: Renewal.Change?) {
        if let change { report(CredentialNews(user: user, source: source.name, event: change)) }
    }
}

extension Credential {
    /// Whether it is the same key pair and token, read anew.
    fileprivate func hasSameKeys(as other: Credential) -> Bool {
        accessKeyID == other.accessKeyID && SecretBytes.areEqual(secretAccessKey, other.secretAccessKey)
            && Self.same(sessionToken, other.sessionToken)
    }

    private static func same(_ left: borrowing SecretBytes?, _ right: borrowing SecretBytes?) -> Bool {
        switch left {
        case nil: right == nil
        case .some(let left):
            switch right {
            case nil: false
            case .some(let right): SecretBytes.areEqual(left, right)
            }
        }
    }
}
