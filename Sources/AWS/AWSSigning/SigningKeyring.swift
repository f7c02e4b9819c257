internal import Secrets
internal import Synchronization
internal import Timestamps

/// The signing keys in use, each derived once: one for every (credential, day, region, service).
///
/// It holds at most `capacity`; the one unused for longest makes room, and keys of credentials that are gone make room
/// first. A key is wiped when it is let go. Credentials are known by identity and are not kept alive.
package final class SigningKeyring: Sendable {
    package let capacity: Int
    /// The key used last is the first.
    private let entries = Mutex<[Entry]>([])

    /// - Parameter capacity: 64 covers a day's change of two profiles in each of the 16 regions Macie first had.
    package init(capacity: Int = 64) {
        self.capacity = max(1, capacity)
    }

    /// How many keys are held.
    package var count: Int { entries.withLock { $0.count } }

    /// Lets go of the keys whose credentials are gone.
    package func removeOrphans() { entries.withLock { $0.removeAll { $0.credential == nil } } }

    /// Lets go of every key. A key that is signing at this moment goes when it has signed.
    package func removeAll() { entries.withLock { $0.removeAll() } }

    func key(
        of credential: Credential, at instant: Timestamp, in scope: CredentialScope
    ) throws(SigningFailure) -> SigningKey {
        let day = Entry.day(of: instant)
        return try entries.withLock { entries throws(SigningFailure) in
            if let index = entries.firstIndex(where: { $0.matches(credential, day, scope) }) {
                if index > 0 { entries.insert(entries.remove(at: index), at: 0) }
                return entries[0].key
            }
            let key = try SigningKey(of: credential, on: instant, in: scope)
            entries.removeAll { $0.credential == nil }
            if entries.count >= capacity { entries.removeLast() }
            entries.insert(Entry(key, of: credential, on: day, in: scope), at: 0)
            return key
        }
    }

    private final class Entry {
        weak var credential: Credential?
        let day: Int64
        let scope: CredentialScope
        let key: SigningKey

        init(_ key: SigningKey, of credential: Credential, on day: Int64, in scope: CredentialScope) {
            self.key = key
            self.credential = credential
            self.day = day
            self.scope = scope
        }

        func matches(_ credential: Credential, _ day: Int64, _ scope: CredentialScope) -> Bool {
            self.day == day && self.credential === credential && self.scope == scope
        }

        /// Days since 1970-01-01.
        static func day(of instant: Timestamp) -> Int64 {
            let (days, rest) = instant.seconds.quotientAndRemainder(dividingBy: 86_400)
            return rest < 0 ? days - 1 : days
        }
    }
}
