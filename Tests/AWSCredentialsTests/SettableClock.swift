import AWSCredentials
import Secrets
import Synchronization
import Timestamps

/// Two clocks that move only when told: one that a person can set, and one that goes on.
final class SettableClock: Sendable {
    private struct State {
        var wall = Timestamp(seconds: 1_800_000_000)
        var uptime = Duration.zero
    }

    private let state = Mutex(State())

    var wall: Timestamp { state.withLock(\.wall) }

    /// Time passes, for both.
    func pass(_ duration: Duration) {
        state.withLock { state in
            state.uptime += duration
            state.wall = state.wall.adding(seconds: duration / .seconds(1))
        }
    }

    /// Somebody sets the wall clock.
    func step(by seconds: Double) { state.withLock { $0.wall = $0.wall.adding(seconds: seconds) } }

    /// Sleeping on it takes no time at all, unless `sleep` says otherwise.
    func clock(
        random: Double = 0, sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in }
    ) -> CredentialClock {
        CredentialClock(
            wall: { self.wall }, awsTime: { self.wall }, uptime: { self.state.withLock(\.uptime) }, random: { random },
            sleep: sleep)
    }
}

/// A source that does as it is told, and counts.
final class ScriptedSource: CredentialSource {
    enum Answer { case keys(lifetime: Double?, id: String = "AKIATEST"), fail(CredentialFailure.Kind) }

    private struct State {
        var answer: Answer
        var fetches = 0
        var stamp = FileStamps()
        var gate: AsyncStream<Void>?
        var skew = 0.0
    }

    let name = "scripted"
    private let clock: SettableClock
    private let state: Mutex<State>

    init(_ answer: Answer, clock: SettableClock) {
        self.clock = clock
        state = Mutex(State(answer: answer))
    }

    var fetches: Int { state.withLock(\.fetches) }
    var stamp: FileStamps { state.withLock(\.stamp) }

    func answer(_ answer: Answer) { state.withLock { $0.answer = answer } }

    /// The files look different from now on.
    func touch(_ path: String) { state.withLock { $0.stamp = FileStamps(of: [path]) } }

    /// Who gives the credentials has another time than this host.
    func setClockOfGiver(ahead seconds: Double) { state.withLock { $0.skew = seconds } }

    /// Until the continuation is finished no fetch ends.
    func hold() -> AsyncStream<Void>.Continuation {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        state.withLock { $0.gate = stream }
        return continuation
    }

    func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        let gate = state.withLock { state in
            state.fetches += 1
            defer { state.gate = nil }
            return state.gate
        }
        if let gate { for await _ in gate {} }
        let (answer, skew) = state.withLock { ($0.answer, $0.skew) }
        switch answer {
        case .fail(let kind):
            throw CredentialFailure(kind: kind, source: name, why: "it was told to", remedy: "tell it otherwise")
        case .keys(let lifetime, let id):
            let theirs = clock.wall.adding(seconds: skew)
            return FetchedCredential(
                .test(id: id, until: lifetime.map { theirs.adding(seconds: $0) }), from: name,
                asOf: skew == 0 ? nil : theirs)
        }
    }
}

extension Credential {
    static func test(id: String = "AKIATEST", secret text: String = "secret", until end: Timestamp? = nil) -> Credential
    {
        var secret = Array(text.utf8)
        return Credential(accessKeyID: id, secretAccessKey: SecretBytes(takingAndWiping: &secret), expiration: end)
    }
}

extension CredentialKeeper {
    /// The id of the key that it gives; nil when it gives none.
    func keyID() async -> String? { try? await credential().accessKeyID }

    func failure() async -> CredentialFailure? {
        do {
            _ = try await credential()
            return nil
        } catch {
            return error as? CredentialFailure
        }
    }

    /// Lets a fetch that is under way end.
    func settled() async { await landing(within: nil) }
}
