internal import BrokerCore
internal import BrokerWire

/// Looks for the credentials of all profiles at once, so that the ready line can say whether they are there. A source that
/// takes long is not waited for: it goes on, and the line says that it does.
struct CredentialProbe {
    /// How long the line waits.
    private static let patience = Duration.seconds(2)

    private let upstream: MacieUpstream

    init(_ upstream: MacieUpstream) { self.upstream = upstream }

    func states(of profiles: [ProfileName]) async -> [CredentialState] {
        let upstream = upstream
        let (over, end) = AsyncStream<Void>.makeStream()
        // Nobody waits for this task beyond its time: the looking goes on, and ends by itself.
        Task {
            await withTaskGroup { group in
                for profile in profiles { group.addTask { _ = await upstream.probeCredentials(of: profile) } }
            }
            end.finish()
        }
        let alarm = Task {
            try await Task.sleep(for: Self.patience)
            end.finish()
        }
        for await _ in over {}
        alarm.cancel()
        return profiles.map { upstream.credentialState(of: $0) }
    }
}
