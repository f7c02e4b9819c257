/// A rate with room for bursts: tokens come at a steady rate up to a capacity, and each event takes one.
package struct TokenBucket: Sendable {
    /// Tokens a second.
    package let rate: Double
    /// Tokens that can be there at once: what may happen in one burst.
    package let capacity: Double

    private var tokens: Double
    private var counted: Int64

    /// A full bucket. `now` is in nanoseconds, of a clock that is never set.
    package init(rate: Double, capacity: Double, at now: Int64) {
        self.rate = rate
        self.capacity = max(1, capacity)
        tokens = self.capacity
        counted = now
    }

    /// Takes a token if there is one.
    package mutating func take(at now: Int64) -> Bool {
        refill(at: now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Seconds until there is a token again; 0 when there is one.
    package mutating func secondsUntilToken(at now: Int64) -> Double {
        refill(at: now)
        return tokens >= 1 ? 0 : (1 - tokens) / rate
    }

    /// Whether nothing has been taken that has not come back.
    package mutating func isFull(at now: Int64) -> Bool {
        refill(at: now)
        return tokens >= capacity
    }

    private mutating func refill(at now: Int64) {
        guard now > counted else { return }
        tokens = min(capacity, tokens + Double(now &- counted) * rate / 1e9)
        counted = now
    }
}
