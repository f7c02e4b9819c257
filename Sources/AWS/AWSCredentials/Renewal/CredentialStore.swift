package import Secrets
import Synchronization
import Timestamps

/// All credentials that the broker holds: for each profile those of its source, for all users or for each of them, and keys
/// that an administrator has given. It outlives reloads: a profile whose source stays the same keeps what it has.
package final class CredentialStore: Sendable {
    /// A profile's source, and by what to know whether it is still the same one.
    package struct Supply: Sendable {
        package let profile: String
        package let source: any CredentialSource
        /// Equal for sources that give the same.
        package let fingerprint: String

        package init(profile: String, source: any CredentialSource, fingerprint: String) {
            self.profile = profile
            self.source = source
            self.fingerprint = fingerprint
        }
    }

    /// Users of one profile whose credentials are kept; those who asked longest ago make room.
    package static let usersAtMost = 256

    private struct Shelf {
        let supply: Supply
        /// For everybody; where users have their own, the broker's.
        let common: CredentialKeeper
        var personal: [SessionUser: CredentialKeeper] = [:]
        /// Keys that an administrator has given, which count before the source's own.
        var given: CredentialKeeper?

        /// Those that count now: keys that have ended make room for the source at once.
        var givenNow: CredentialKeeper? {
            guard let given, given.account.isUsable else { return nil }
            return given
        }
    }

    private let shelves = Mutex<[String: Shelf]>([:])
    private let environment: EnvironmentSource?
    private let clock: CredentialClock
    private let report: @Sendable (_ profile: String, CredentialNews) -> Void

    /// `environment` has the keys that the process was started with, to be dropped with all others, whoever uses them.
    package init(
        environment: EnvironmentSource? = nil, clock: CredentialClock,
        report: @escaping @Sendable (_ profile: String, CredentialNews) -> Void = { _, _ in }
    ) {
        self.environment = environment
        self.clock = clock
        self.report = report
    }

    /// The profiles there are from now on. What is held for those that are gone, or have another source, is wiped.
    package func stock(_ supplies: [Supply]) {
        shelves.withLock { shelves in
            var next: [String: Shelf] = [:]
            for supply in supplies {
                if let shelf = shelves[supply.profile], shelf.supply.fingerprint == supply.fingerprint {
                    // The keepers go on with the source they have, which is the same.
                    next[supply.profile] = shelf
                } else {
                    next[supply.profile] = Shelf(
                        supply: supply, common: keeper(of: supply), given: shelves[supply.profile]?.given)
                }
            }
            shelves = next
        }
    }

    /// Whether each user has credentials of their own with this profile.
    package func isPersonal(_ profile: String) -> Bool {
        shelves.withLock { shelves in
            guard let shelf = shelves[profile], shelf.givenNow == nil else { return false }
            return shelf.supply.source.isPersonal
        }
    }

    /// The keeper of a profile's credentials for this user; nil for a profile that there is none of.
    package func keeper(of profile: String, for user: SessionUser?) -> CredentialKeeper? {
        shelves.withLock { shelves in
            guard var shelf = shelves[profile] else { return nil }
            if let given = shelf.givenNow { return given }
            guard let user, shelf.supply.source.isPersonal else { return shelf.common }
            if let keeper = shelf.personal[user] { return keeper }
            if shelf.personal.count >= Self.usersAtMost,
                let idlest = shelf.personal.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                shelf.personal[idlest.key] = nil
            }
            let keeper = keeper(of: shelf.supply, for: user)
            shelf.personal[user] = keeper
            shelves[profile] = shelf
            return keeper
        }
    }

    /// Keys from an administrator, for a profile that there is. They count before its source until they end or are removed.
    ///
    /// - Returns: what is held now; nil when there is no such profile.
    package func give(_ credential: Credential, to profile: String) -> CredentialAccount? {
        let keeper = CredentialKeeper(holding: credential, from: HeldCredential.given, clock: clock)
        return shelves.withLock { shelves in
            guard shelves[profile] != nil else { return nil }
            shelves[profile]?.given = keeper
            return keeper.account
        }
    }

    /// Wipes what is held for a profile, given keys and what its source keeps included. A source that can get keys anew gets
    /// them when somebody next asks.
    ///
    /// - Returns: how many credentials were held; nil when there is no such profile.
    package func remove(_ profile: String) -> Int? {
        shelves.withLock { shelves in
            guard let shelf = shelves[profile] else { return nil }
            let keepers = Self.keepers(of: shelf)
            let held = keepers.count { $0.account.isUsable }
            for keeper in keepers { keeper.drop() }
            shelf.supply.source.forget()
            shelves[profile]?.given = nil
            shelves[profile]?.personal = [:]
            return held
        }
    }

    /// Wipes everything. Keys of the environment and given keys are gone for good; other sources give theirs when next
    /// asked.
    ///
    /// - Returns: how many credentials were held.
    package func dropAll() -> Int {
        environment?.drop()
        let profiles = shelves.withLock { shelves in
            for shelf in shelves.values { shelf.supply.source.drop() }
            return Array(shelves.keys)
        }
        return profiles.reduce(0) { $0 + (remove($1) ?? 0) }
    }

    /// To be called about twice a second: renews in time, finds what was missing, and lets go of what has ended.
    package func lookAfter() {
        let (common, personal) = shelves.withLock { shelves in
            for (profile, shelf) in shelves {
                // Given keys that have ended make room for the source again.
                if shelf.givenNow == nil { shelves[profile]?.given = nil }
            }
            return (
                shelves.values.filter { $0.given == nil }.map(\.common),
                shelves.values.flatMap { $0.personal.values }
            )
        }
        for keeper in common { keeper.lookAfter() }
        for keeper in personal { keeper.lookAfter(ifUsed: true) }
    }

    /// Everything that is held, or was looked for in vain, by profile and user. While given keys count, a source that has
    /// nothing is not missed.
    package func accounts() -> [(profile: String, account: CredentialAccount)] {
        let all = shelves.withLock { shelves in shelves.sorted { $0.key < $1.key } }
        return all.flatMap { profile, shelf in
            let own = Self.sourceKeepers(of: shelf).map(\.account)
            let given = shelf.givenNow?.account
            return (given.map { [$0] + own.filter(\.isUsable) } ?? own).map { (profile, $0) }
        }
    }

    /// What is known of a profile's credentials as a whole: of given keys, else of those that the broker itself would use.
    package func account(of profile: String) -> CredentialAccount? {
        shelves.withLock { shelves in
            shelves[profile].map { $0.givenNow ?? $0.common }
        }?.account
    }

    private static func keepers(of shelf: Shelf) -> [CredentialKeeper] {
        [shelf.given].compactMap { $0 } + sourceKeepers(of: shelf)
    }

    private static func sourceKeepers(of shelf: Shelf) -> [CredentialKeeper] {
        [shelf.common]
            + shelf.personal.sorted { $0.key.uid < $1.key.uid }.map(\.value)
    }

    private func keeper(of supply: Supply, for user: SessionUser? = nil) -> CredentialKeeper {
        CredentialKeeper(supply.source, for: user, clock: clock) { [report] in report(supply.profile, $0) }
    }
}
