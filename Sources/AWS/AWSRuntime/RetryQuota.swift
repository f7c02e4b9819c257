import Synchronization

/// What all calls of one client may spend on retries together, so that an outage is not answered with a storm.
///
/// A full quota is 500. A retry takes its cost before it is made; a call that succeeds gives back the cost of its last
/// retry, or 1 if it needed none. Safe to share between threads.
package final class RetryQuota: Sendable {
    package static let full = 500

    private let left = Atomic<Int>(RetryQuota.full)

    package init() {}

    package var remaining: Int { left.load(ordering: .relaxed) }

    /// - Returns: false, with nothing taken, when less than the cost is left.
    package func take(_ cost: RetryPolicy.Cost) -> Bool {
        var current = remaining
        while current >= cost.rawValue {
            let (exchanged, original) = left.weakCompareExchange(
                expected: current, desired: current - cost.rawValue, ordering: .relaxed)
            if exchanged { return true }
            current = original
        }
        return false
    }

    /// - Parameter lastRetry: what the call's last retry cost; nil when it needed none.
    package func succeeded(lastRetry: RetryPolicy.Cost?) {
        var current = remaining
        while current < Self.full {
            let (exchanged, original) = left.weakCompareExchange(
                expected: current, desired: min(current + (lastRetry?.rawValue ?? 1), Self.full), ordering: .relaxed)
            if exchanged { return }
            current = original
        }
    }
}
