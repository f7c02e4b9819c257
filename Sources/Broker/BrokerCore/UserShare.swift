package import BrokerWire

/// What one uid takes of the broker, over all its connections, and what it may still take. One for each uid that is
/// connected, waits for AWS or was so lately; it lives on the broker's event loop.
package final class UserShare {
    package let uid: UInt32
    /// Places taken: connections, and those that left with requests in flight.
    package fileprivate(set) var connections = 0
    /// Requests that wait for AWS.
    package var inFlight = 0
    /// Bytes that wait: lines not answered yet, replies not read yet.
    package fileprivate(set) var bytesPending = 0
    /// Whether connections of this user wait for its next turn. Others queue behind them.
    package var hasQueue = false
    private var requests: TokenBucket
    private var upstreamCalls: TokenBucket
    private var turn = UInt64.max
    private var spentInTurn = 0
    private var turnEnds: Int64?

    init(uid: UInt32, limits: Limits, at now: Moment) {
        self.uid = uid
        (requests, upstreamCalls) = Self.buckets(limits, at: now.uptimeNanoseconds)
    }

    /// The limits have changed: what has been taken is forgotten.
    fileprivate func adopt(_ limits: Limits, at now: Int64) {
        (requests, upstreamCalls) = Self.buckets(limits, at: now)
    }

    private static func buckets(_ limits: Limits, at now: Int64) -> (requests: TokenBucket, calls: TokenBucket) {
        (
            TokenBucket(rate: limits.requestsPerSecondPerUid, capacity: limits.requestsPerSecondPerUid, at: now),
            TokenBucket(rate: limits.upstreamCallsPerSecondPerUid, capacity: limits.upstreamCallsBurstPerUid, at: now)
        )
    }

    /// One more request: nil when it may be, else the seconds until another one may.
    func takeRequest(at now: Moment) -> Double? {
        let time = now.uptimeNanoseconds
        return requests.take(at: time) ? nil : requests.secondsUntilToken(at: time)
    }

    /// One more call to AWS: nil when it may be, else the seconds until another one may.
    func takeUpstreamCall(at now: Moment) -> Double? {
        let time = now.uptimeNanoseconds
        return upstreamCalls.take(at: time) ? nil : upstreamCalls.secondsUntilToken(at: time)
    }

    /// Work for this user in a turn of the event loop: a read or a line is one unit. False when its part of this turn has
    /// been spent: others come first. `clock` tells nanoseconds; it is asked only where the part has an end in time.
    func spend(_ part: TurnPart, inTurn turn: UInt64, clock: () -> Int64) -> Bool {
        if turn != self.turn {
            self.turn = turn
            spentInTurn = 0
            turnEnds = part.nanoseconds.map { clock() &+ $0 }
        }
        guard spentInTurn < part.units else { return false }
        // One unit is always done, however slow the machine.
        if spentInTurn > 0, let turnEnds, clock() >= turnEnds { return false }
        spentInTurn += 1
        return true
    }

    fileprivate func isAtRest(at now: Moment) -> Bool {
        connections == 0 && inFlight == 0 && bytesPending == 0 && requests.isFull(at: now.uptimeNanoseconds)
            && upstreamCalls.isFull(at: now.uptimeNanoseconds)
    }
}

/// How much of one turn of the event loop is one user's.
struct TurnPart: Equatable {
    let units: Int
    /// nil: as long as the units take.
    let nanoseconds: Int64?

    /// While nobody else is connected: enough to be busy, and short enough for who comes next.
    static let alone = TurnPart(units: 64, nanoseconds: nil)
    /// While others are: they wait no longer than this for each user that is busy (SCARS 7: nobody is harmed by a flood of
    /// somebody else's).
    static let shared = TurnPart(units: 64, nanoseconds: 10_000)
}

/// Everybody's share. Bounded: a user who is not connected is forgotten as soon as all that was taken has come back.
package struct UserLedger {
    /// Users kept who are not connected. Beyond it the first that are found are forgotten: their buckets are full again a
    /// little early.
    private static let capacity = 16_384

    private var shares: [UInt32: UserShare] = [:]
    package private(set) var connections = 0
    /// Users who are connected.
    package private(set) var users = 0
    package private(set) var bytesPending = 0

    package init() {}

    package var count: Int { shares.count }

    package mutating func share(of uid: UInt32, limits: Limits, at now: Moment) -> UserShare {
        if let known = shares[uid] { return known }
        if shares.count >= Self.capacity + limits.connections { forgetSome(at: now) }
        let share = UserShare(uid: uid, limits: limits, at: now)
        shares[uid] = share
        return share
    }

    /// Other limits are in force.
    mutating func adopt(_ limits: Limits, at now: Moment) {
        for share in shares.values { share.adopt(limits, at: now.uptimeNanoseconds) }
    }

    package mutating func takePlace(of share: UserShare) {
        if share.connections == 0 { users += 1 }
        share.connections += 1
        connections += 1
    }

    package mutating func freePlace(of share: UserShare, at now: Moment) {
        share.connections -= 1
        connections -= 1
        if share.connections == 0 { users -= 1 }
        if share.isAtRest(at: now) { shares[share.uid] = nil }
    }

    /// Notes that `share` has more or fewer bytes pending than before.
    package mutating func notePending(_ change: Int, of share: UserShare) {
        share.bytesPending += change
        bytesPending += change
    }

    /// Forgets those of whom there is nothing to remember.
    package mutating func forgetThoseAtRest(at now: Moment) {
        // Whoever is still connected is kept, for its connections know its share.
        for (uid, share) in shares where share.connections == 0 && share.isAtRest(at: now) { shares[uid] = nil }
    }

    private mutating func forgetSome(at now: Moment) {
        forgetThoseAtRest(at: now)
        guard shares.count >= Self.capacity else { return }
        for (uid, share) in shares where share.connections == 0 && share.inFlight == 0 {
            shares[uid] = nil
            if shares.count < Self.capacity / 2 { return }
        }
    }
}
