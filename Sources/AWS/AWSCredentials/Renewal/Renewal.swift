import Secrets
import Timestamps

/// When one credential is used, renewed, waited for or refused. Decides; never fetches, waits or looks at a clock.
///
/// Instants are of a clock that goes on while the host sleeps and that nobody sets: a step of the wall clock changes
/// nothing, and time suspended counts.
struct Renewal {
    enum Decision {
        /// Good, and nothing to do.
        case use(Credential)
        /// Good, and to be renewed beside the request.
        case useAndFetch(Credential)
        /// To be fetched; the one given may be used when that fails or takes too long.
        case fetch(orUse: Credential?)
        /// There is none, and the source is not to be asked yet.
        case fail(CredentialFailure)
    }

    typealias Change = CredentialNews.Event

    private struct Held {
        let credential: Credential
        let source: String
        let accountID: String?
        /// nil for those that have no end.
        let windows: (renew: Duration, wait: Duration, end: Duration)?
    }

    private struct Trouble {
        let failure: CredentialFailure
        /// When the source may be asked again.
        let until: Duration
    }

    /// A credential that AWS refuses is replaced this often at most: keys that are simply wrong would have it asked each time.
    static let betweenRefusals = Duration.seconds(10)

    private var held: Held?
    private var lastRefusal: Duration?
    private var trouble: Trouble?
    private var backoff = RenewalBackoff()
    private(set) var lastAttempt: Attempt?
    /// What has been told of last.
    private var told = Told.nothing

    private enum Told { case nothing, good, failing, lost }

    /// The last time that the source was asked.
    struct Attempt: Sendable, Equatable {
        let time: Timestamp
        /// nil when it went well.
        let failure: CredentialFailure?
    }

    /// What a request is to do. `filesChanged` tells whether what the source reads has changed since it was last asked.
    mutating func decide(at now: Duration, filesChanged: Bool) -> Decision {
        let good = usable(at: now)
        guard !filesChanged else { return .fetch(orUse: good) }
        if let trouble, now < trouble.until {
            if let good { return .use(good) }
            var failure = trouble.failure
            failure.retryAfterSeconds = (trouble.until - now) / .seconds(1)
            return .fail(failure)
        }
        guard let good, let held else { return .fetch(orUse: nil) }
        guard let windows = held.windows, now >= windows.renew else { return .use(good) }
        return now >= windows.wait ? .fetch(orUse: good) : .useAndFetch(good)
    }

    /// Whether the source is to be asked now though nobody waits: to renew in time, or to find what was missing.
    func isDue(at now: Duration) -> Bool {
        if let trouble, now < trouble.until { return false }
        guard let held else { return true }
        return held.windows.map { now >= $0.renew } ?? (trouble != nil)
    }

    /// The credential that is held and good now.
    func usable(at now: Duration) -> Credential? {
        guard let held, held.windows.map({ now < $0.end }) ?? true else { return nil }
        return held.credential
    }

    /// The name of the source that the held one came from.
    var heldSource: String? { held?.source }
    var heldAccountID: String? { held?.accountID }

    mutating func fetched(
        _ fetched: FetchedCredential, at uptime: Duration, awsTime: Timestamp, wall: Timestamp, random: Double
    ) -> Change? {
        let credential = fetched.credential
        var windows: (Duration, Duration, Duration)?
        if let end = credential.expiration {
            let now = Self.timeOfGiver(fetched.asOf, awsTime: awsTime)
            let life = Duration.milliseconds(Int64((end.secondsSince(now) * 1000).rounded(.down)))
            guard life > .zero else {
                return failed(
                    CredentialFailure(
                        kind: .unreachable, source: fetched.source,
                        why: "the credentials that came had expired at \(end.rfc3339)",
                        remedy: "renew them where they come from, or set this host's clock"),
                    at: uptime, wall: wall, random: random)
            }
            let planned = RenewalWindows(life: life, random: random)
            windows = (uptime + planned.renewsAfter, uptime + planned.waitsAfter, uptime + planned.endsAfter)
        }
        held = Held(
            credential: credential, source: fetched.source, accountID: fetched.accountID,
            windows: windows.map { (renew: $0, wait: $1, end: $2) })
        trouble = nil
        backoff.reset()
        lastAttempt = Attempt(time: wall, failure: nil)
        defer { told = .good }
        switch told {
        case .nothing: return .obtained(until: credential.expiration)
        case .failing, .lost: return .recovered(until: credential.expiration)
        case .good: return nil
        }
    }

    /// What the giver's clock shows. It tells whole seconds, so it counts only where this host's own is plainly wrong; and
    /// then as late as it can be.
    private static func timeOfGiver(_ asOf: Timestamp?, awsTime: Timestamp) -> Timestamp {
        guard let asOf, abs(asOf.secondsSince(awsTime)) > clockTolerance else { return awsTime }
        return asOf.adding(seconds: 1)
    }

    /// Seconds.
    private static let clockTolerance = 3.0

    mutating func failed(_ failure: CredentialFailure, at now: Duration, wall: Timestamp, random: Double) -> Change? {
        trouble = Trouble(failure: failure, until: now + backoff.next(random: random))
        lastAttempt = Attempt(time: wall, failure: failure)
        return noticeEnd(at: now) ?? noticeTrouble(failure, at: now)
    }

    /// Lets go of the one that is held when it has come to its end, and tells of it when its source fails.
    mutating func noticeEnd(at now: Duration) -> Change? {
        guard usable(at: now) == nil else { return nil }
        held = nil
        guard let trouble, told != .lost else { return nil }
        told = .lost
        return .lost(trouble.failure)
    }

    private mutating func noticeTrouble(_ failure: CredentialFailure, at now: Duration) -> Change? {
        guard let good = usable(at: now), told != .failing else { return nil }
        told = .failing
        return .failing(failure, goodUntil: good.expiration)
    }

    /// AWS does not take this credential any more, whatever its end says. Another that has come meanwhile stays.
    ///
    /// - Returns: whether the source may be asked for another now: not for each request that AWS refuses.
    mutating func refused(_ credential: Credential, at now: Duration) -> Bool {
        guard held?.credential === credential else { return true }
        if let lastRefusal, now - lastRefusal < Self.betweenRefusals { return false }
        lastRefusal = now
        held = nil
        return true
    }

    /// Forgets the credential and every failure.
    mutating func drop() {
        held = nil
        trouble = nil
        backoff.reset()
    }
}
