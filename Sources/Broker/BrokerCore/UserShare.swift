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
    private var turn: UInt64 = 0
    private var spentInTurn = 0

    fileprivate init(uid: UInt32, limits: Limits, at now: Moment) {
        self.uid = uid
        requests = TokenBucket(
            rate: limits.requestsPerSecondPerUid, capacity: limits.requestsPerSecondPerUid, at: now.uptimeNanoseconds)
        upstreamCalls = TokenBucket(
            rate: limits.upstreamCallsPerSecondPerUid, capacity: limits.upstreamCallsBurstPerUid,
            at: now.uptimeNanoseconds)
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

    /// Work done for this user in a turn of the event loop: a read or a line is one unit. False when `most` units of this
    /// turn have been spent: others come first.
    package func spend(inTurn turn: UInt64, atMost most: Int) -> Bool {
        if turn != self.turn {
            self.turn = turn
            spentInTurn = 0
        }
        guard spentInTurn < most else { return false }
        spentInTurn += 1
        return true
    }

    fileprivate func isAtRest(at now: Moment) -> Bool {
        connections == 0 && inFlight == 0 && bytesPending == 0 && requests.isFull(at: now.uptimeNanoseconds)
            && upstreamCalls.isFull(at: now.uptimeNanoseconds)
    }
}

/// Everybody's share. Bounded: a user who is not connected is forgotten as soon as all that was taken has come back.
package struct UserLedger {
    /// Users kept who are not connected. Beyond it the first that are found are forgotten: their buckets are full again a
    /// little early.
    private static let capacity = 16_384

    private var shares: [UInt32: UserShare] = [:]
    package private(set) var connections = 0
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

    package mutating func takePlace(of share: UserShare) {
        share.connections += 1
        connections += 1
    }

    package mutating func freePlace(of share: UserShare, at now: Moment) {
        share.connections -= 1
        connections -= 1
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
