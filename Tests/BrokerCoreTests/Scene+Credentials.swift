import BrokerWire
import Synchronization
import Timestamps

@testable import AWSCredentials
@testable import BrokerCore

/// Credentials as a scene's upstream has them: those that it was given, and no way to AWS.
final class ScriptedCredentials: Sendable {
    private struct State {
        var profiles: Set<String> = []
        var held: [CredentialEntry] = []
        var given: [GivenKeys] = []
    }

    private let state = Mutex(State())

    /// The profiles that there are.
    func stock(_ profiles: String...) { state.withLock { $0.profiles = Set(profiles) } }

    /// One more that is held, or looked for in vain.
    func hold(_ profile: String, _ account: CredentialAccount) {
        state.withLock { $0.held.append(CredentialEntry(profile: .named(profile), account: account)) }
    }

    /// The keys that came, from first to last.
    var given: [GivenKeys] { state.withLock(\.given) }
    var entries: [CredentialEntry] { state.withLock(\.held) }

    func give(_ keys: GivenKeys, at now: Timestamp) -> Result<CredentialEntry, Failure> {
        state.withLock { state in
            guard state.profiles.contains(keys.profile.name) else { return .failure(.noSuchProfile) }
            guard !keys.accessKeyID.contains("/") else { return .failure(.keysUnusable("accessKeyId holds a slash")) }
            let account = CredentialAccount(
                source: "given", user: nil, accessKeyIDEnd: String(keys.accessKeyID.suffix(4)), accountID: nil,
                expiresAt: keys.lifetimeSeconds.map { now.adding(seconds: Double($0)) }, isUsable: true,
                lastAttempt: now, failure: nil)
            let entry = CredentialEntry(profile: keys.profile, account: account)
            state.held.append(entry)
            state.given.append(keys)
            return .success(entry)
        }
    }

    func remove(_ profile: ProfileName) -> Int? {
        state.withLock { state in
            guard state.profiles.contains(profile.name) else { return nil }
            let before = state.held.count
            state.held.removeAll { $0.profile == profile }
            return before - state.held.count
        }
    }

    func drop() -> Int {
        state.withLock { state in
            defer { state.held = [] }
            return state.held.count
        }
    }
}
