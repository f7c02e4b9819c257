package import BrokerAccess
package import BrokerAudit
package import BrokerWire

/// Somebody who waits for a flight: everything its reply and its record need.
package struct Waiter {
    package let origin: RecordOrigin
    package let share: UserShare
    package let id: RequestID
    package let grant: Rule
    package let asked: Moment
}

/// One flight per key, and who waits for it.
///
/// A waiter that leaves, by hanging up or by its own deadline, never ends the flight (SCARS 16). A flight that landed is
/// forgotten, whether it brought a session or a failure.
package struct FlightBoard {
    private var waiters: [SessionKey: [Waiter]] = [:]
    package private(set) var waiting = 0

    package init() {}

    package var flights: Int { waiters.count }

    package func isFlying(_ key: SessionKey) -> Bool { waiters[key] != nil }

    /// Adds a waiter. Returns true when it is the first, so that the flight has to be started.
    package mutating func join(_ waiter: Waiter, for key: SessionKey) -> Bool {
        waiting += 1
        waiter.share.inFlight += 1
        let isFirst = waiters[key] == nil
        waiters[key, default: []].append(waiter)
        return isFirst
    }

    /// Ends the flight. Returns those who still wait, in the order in which they came.
    package mutating func land(_ key: SessionKey) -> [Waiter] {
        let landed = waiters.removeValue(forKey: key) ?? []
        waiting -= landed.count
        for waiter in landed { waiter.share.inFlight -= 1 }
        return landed
    }

    /// Takes out those who asked before `instant`, flights going on without them.
    package mutating func leave(askedBefore instant: Moment) -> [(key: SessionKey, waiter: Waiter)] {
        var late: [(key: SessionKey, waiter: Waiter)] = []
        for (key, all) in waiters {
            // Those who came first stand first.
            let count = all.prefix { $0.asked.uptimeNanoseconds < instant.uptimeNanoseconds }.count
            guard count > 0 else { continue }
            late += all.prefix(count).map { (key, $0) }
            waiters[key] = Array(all.dropFirst(count))
        }
        waiting -= late.count
        for (_, waiter) in late { waiter.share.inFlight -= 1 }
        return late
    }
}
