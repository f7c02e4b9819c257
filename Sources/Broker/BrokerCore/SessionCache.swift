package import BrokerWire

/// Answers that may be given again, each for its lifetime. Bounded: when it is full the oldest goes. Only successes are kept
/// (SCARS 15), and nobody gets one without having been authorized for this very request (SCARS 12).
package struct SessionCache {
    /// Seconds an answer may be given again; 0 turns the cache off.
    package let lifetimeSeconds: Double
    /// Answers kept at most.
    package let capacity: Int

    private var answers: [SessionKey: SessionAnswer] = [:]
    package private(set) var hits: UInt64
    package private(set) var misses: UInt64

    /// An empty cache, which goes on counting from `hits` and `misses`.
    package init(lifetimeSeconds: Double, capacity: Int, hits: UInt64 = 0, misses: UInt64 = 0) {
        self.hits = hits
        self.misses = misses
        self.lifetimeSeconds = lifetimeSeconds
        self.capacity = max(1, capacity)
    }

    package var count: Int { answers.count }

    /// The answer for `key` when it is younger than the lifetime and not older than `maxAgeSeconds`.
    package mutating func answer(for key: SessionKey, maxAgeSeconds: Int?, at now: Moment) -> SessionAnswer? {
        guard let answer = answers[key], isFresh(answer, at: now), maxAgeSeconds != 0,
            answer.age(at: now) <= maxAgeSeconds.map(Double.init) ?? .infinity
        else {
            misses += 1
            return nil
        }
        hits += 1
        return answer
    }

    package mutating func store(_ answer: SessionAnswer, for key: SessionKey, at now: Moment) {
        guard lifetimeSeconds > 0 else { return }
        if answers[key] == nil, answers.count >= capacity { makeRoom(at: now) }
        answers[key] = answer
    }

    /// Forgets the answers of a profile, or all.
    ///
    /// - Returns: how many that were.
    package mutating func drop(_ profile: ProfileName?) -> Int {
        let before = answers.count
        if let profile { answers = answers.filter { $0.key.profile != profile } } else { answers = [:] }
        return before - answers.count
    }

    private func isFresh(_ answer: SessionAnswer, at now: Moment) -> Bool { answer.age(at: now) < lifetimeSeconds }

    private mutating func makeRoom(at now: Moment) {
        answers = answers.filter { isFresh($0.value, at: now) }
        guard answers.count >= capacity else { return }
        let oldest = answers.min { $0.value.fetched.uptimeNanoseconds < $1.value.fetched.uptimeNanoseconds }
        if let oldest { answers[oldest.key] = nil }
    }
}
