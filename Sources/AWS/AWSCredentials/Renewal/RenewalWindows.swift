/// How long before its end a credential is renewed.
///
/// AWS's own two windows: from 15 minutes before the end it is renewed beside the requests, from 10 minutes before all wait
/// for a new one, the SDKs' "advisory" and "mandatory". A credential that lives shorter than an hour has windows in
/// proportion: a quarter and a sixth of its life.
struct RenewalWindows: Sendable, Equatable {
    static let longestAdvisory = Duration.seconds(15 * 60)
    static let longestMandatory = Duration.seconds(10 * 60)
    /// A credential that ends while the request is under way is of no use: the last twentieth of its life, 2 s at most, does
    /// not count.
    static let longestMargin = Duration.seconds(2)

    /// From when on it is renewed in the background, for one that lives `life` from now on.
    let renewsAfter: Duration
    /// From when on requests wait for the new one.
    let waitsAfter: Duration
    /// From when on it is not used.
    let endsAfter: Duration

    /// `random`, 0 to 1, spreads brokers that started together over half the time between the windows.
    init(life: Duration, random: Double) {
        let life = max(.zero, life)
        let advisory = min(Self.longestAdvisory, life / 4)
        let mandatory = min(Self.longestMandatory, life / 6)
        let jitter = (advisory - mandatory) / 2 * min(max(random, 0), 1)
        renewsAfter = life - advisory + jitter
        waitsAfter = life - mandatory
        endsAfter = life - min(Self.longestMargin, life / 20)
    }
}

/// How long a source that failed is left alone: 1 s, then twice as long each time, up to 5 minutes; half of it by chance.
struct RenewalBackoff: Sendable, Equatable {
    static let first = Duration.seconds(1)
    static let longest = Duration.seconds(300)

    private var failures = 0

    /// One more failure.
    ///
    /// - Returns: how long to wait before the next try.
    mutating func next(random: Double) -> Duration {
        let exponential = min(Self.longest, Self.first * (1 << min(failures, 16)))
        failures += 1
        return exponential * (0.5 + min(max(random, 0), 1) / 2)
    }

    mutating func reset() { failures = 0 }
}
