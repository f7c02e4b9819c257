package import Timestamps

/// Time and chance, as keepers need them.
package struct CredentialClock: Sendable {
    /// The wall clock.
    package var wall: @Sendable () -> Timestamp
    /// The wall clock as AWS would have it.
    package var awsTime: @Sendable () -> Timestamp
    /// A clock that goes on during suspend and is never set: CLOCK_BOOTTIME, clock_gettime(2).
    package var uptime: @Sendable () -> Duration
    /// 0 to 1.
    package var random: @Sendable () -> Double
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        wall: @escaping @Sendable () -> Timestamp = { .now() },
        awsTime: @escaping @Sendable () -> Timestamp = { .now() },
        uptime: @escaping @Sendable () -> Duration = CredentialClock.bootClock(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.wall = wall
        self.awsTime = awsTime
        self.uptime = uptime
        self.random = random
        self.sleep = sleep
    }

    /// The time since this was called; on Linux `ContinuousClock` is CLOCK_BOOTTIME.
    package static func bootClock() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }
}
