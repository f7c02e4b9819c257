internal import AWSRuntime
package import BrokerAccess
package import BrokerAudit
package import BrokerWire
internal import JSONText

/// The broker between two clients: decides, remembers, and lets one flight serve all who ask. It does no I/O of its own but
/// what its audit sink does; whoever owns it (one event loop) carries out what it asks for.
///
/// Every request that policy is asked about ends in exactly one reply and one record, and the record comes first.
package final class Broker {
    /// What the owner has to do after a request.
    package enum Reaction: Equatable {
        /// The reply has been appended.
        case answered
        /// The reply comes with the flight, which is in the air already.
        case waiting
        /// The reply comes with the flight, which the owner starts now.
        case launch(SessionKey)
    }

    /// A reply that became ready without a request of its connection.
    package struct Delivery {
        package let connection: UInt64
        package let line: [UInt8]
    }

    private let setup: BrokerSetup
    private let audit: any AuditSink
    private var cache: SessionCache
    private var board = FlightBoard()
    package private(set) var counters = Counters()
    private var names = PeerNames()
    private var ledger = UserLedger()
    /// The number of the turn of the event loop that is under way: users share turns.
    package private(set) var turn: UInt64 = 0
    /// Since when no new flight is taken; nil while the broker serves.
    private var drainsSince: Moment?

    package init(setup: BrokerSetup, audit: any AuditSink) {
        self.setup = setup
        self.audit = audit
        cache = SessionCache(lifetimeSeconds: setup.cacheSeconds, capacity: setup.cacheEntries)
    }

    package var limits: Limits { setup.limits }

    /// Requests that wait for AWS.
    package var waiting: Int { board.waiting }

    /// Somebody has connected. They may still have to be sent away: see `admit`.
    package func caller(_ peer: Peer, connection: UInt64, at now: Moment) -> Caller {
        Caller(
            connection: connection, peer: peer, share: ledger.share(of: peer.uid, limits: setup.limits, at: now),
            rights: setup.policy.rights(of: peer))
    }

    /// Answers a request, or says how its answer will come. A reply that there is already is appended to `out`.
    package func ask(_ request: Request, from caller: Caller, at now: Moment, replyTo out: inout [UInt8]) -> Reaction {
        switch request.call {
        case .getMacieSession(let query):
            return askForSession(query, id: request.id, from: caller, at: now, replyTo: &out)
        case .whoAmI: ReplyWriter.result(whoAmI(caller), id: request.id, to: &out)
        case .status: ReplyWriter.result(status(for: caller, at: now), id: request.id, to: &out)
        case .discover: ReplyWriter.result(setup.discovery, id: request.id, to: &out)
        }
        counters.answered += 1
        record(.init(request.call.method.rawValue), of: request.id, for: caller, outcome: "ok", at: now)
        return .answered
    }

    /// Appends the reply to a line that is no request, or to a request that the conversation refused itself.
    package func refuse(_ failure: Failure, id: RequestID?, to caller: Caller, replyTo out: inout [UInt8]) {
        counters.refused += 1
        ReplyWriter.error(ErrorReply(failure), id: id, to: &out)
    }

    /// A flight is over: keeps a success, and says what everybody who waited gets.
    package func land(_ key: SessionKey, with outcome: FlightOutcome, at now: Moment) -> [Delivery] {
        let waiters = board.land(key)
        switch outcome {
        case .session(let session, let requestID, let attempts):
            counters.upstreamCalls += UInt64(attempts)
            let answer = SessionAnswer(
                session: session, key: key, requestID: requestID, attempts: attempts, fetched: now)
            guard answer.isOfBearableLength else {
                counters.upstreamFailures += 1
                let reply = ErrorReply(.answerTooLong(limit: SessionAnswer.longest))
                return waiters.map { fail($0, key, with: reply, at: now) }
            }
            cache.store(answer, for: key, at: now)
            return waiters.map { waiter in
                var line: [UInt8] = []
                answer.write(id: waiter.id, cached: false, at: now, to: &line)
                counters.answered += 1
                record(waiter, key, outcome: "ok", requestID: requestID, at: now)
                return Delivery(connection: waiter.origin.connection, line: line)
            }
        case .failure(let failure):
            if case .call(let call) = failure { counters.upstreamCalls += UInt64(call.attempts) }
            counters.upstreamFailures += 1
            let reply = ErrorReply(failure)
            return waiters.map { fail($0, key, with: reply, at: now) }
        }
    }

    /// Those whose own deadline has passed by `now` are told so; their flights go on.
    package func expire(at now: Moment) -> [Delivery] {
        let patience = Int64(setup.limits.requestSeconds * 1e9)
        let latest = Moment(wall: now.wall, uptimeNanoseconds: now.uptimeNanoseconds - patience)
        return failWaiters(askedBefore: latest, with: .waitedTooLong(seconds: setup.limits.requestSeconds), at: now)
    }

    /// Everybody who still waits is told that the broker stops.
    package func giveUp(at now: Moment) -> [Delivery] {
        let never = Moment(wall: now.wall, uptimeNanoseconds: .max)
        return failWaiters(askedBefore: never, with: .shuttingDown, at: now)
    }

    /// From now on what would need a new flight is refused.
    package func drain(at now: Moment) { drainsSince = now }

    /// The turn is over: everything recorded in it is on its way before the replies of this turn are.
    package func endTurn() {
        audit.commit()
        turn &+= 1
    }
}

// MARK: - Places and memory

extension Broker {
    /// Gives the caller a place, or says why there is none.
    package func admit(_ caller: Caller) -> Failure? {
        let limits = setup.limits
        guard ledger.connections < limits.connections else {
            counters.connectionsRefused += 1
            return .tooManyConnections(limit: limits.connections, ofThisUser: false)
        }
        guard caller.share.connections < limits.connectionsPerUid else {
            counters.connectionsRefused += 1
            return .tooManyConnections(limit: limits.connectionsPerUid, ofThisUser: true)
        }
        ledger.takePlace(of: caller.share)
        counters.connectionsOpen += 1
        counters.connectionsAccepted += 1
        return nil
    }

    /// An admitted connection is gone. Its place is free once nothing of it is in flight: see `freePlace`.
    package func connectionClosed() { counters.connectionsOpen -= 1 }

    package func freePlace(of share: UserShare, at now: Moment) { ledger.freePlace(of: share, at: now) }

    /// A connection has so many bytes more or less waiting than before. Says why it has to end, if that is too much.
    package func notePending(_ change: Int, of share: UserShare) -> Failure? {
        ledger.notePending(change, of: share)
        guard change > 0 else { return nil }
        if share.bytesPending > setup.limits.bytesPendingPerUid {
            return .tooMuchPending(limit: setup.limits.bytesPendingPerUid, ofThisUser: true)
        }
        if ledger.bytesPending > setup.limits.bytesPending {
            return .tooMuchPending(limit: setup.limits.bytesPending, ofThisUser: false)
        }
        return nil
    }

    /// Forgets users of whom there is nothing to remember. To be called now and then.
    package func forgetUsersAtRest(at now: Moment) { ledger.forgetThoseAtRest(at: now) }
}

// MARK: - A session

extension Broker {
    private func askForSession(
        _ query: SessionQuery, id: RequestID, from caller: Caller, at now: Moment, replyTo out: inout [UInt8]
    ) -> Reaction {
        let target: Target
        switch setup.target(of: query) {
        case .success(let found): target = found
        case .failure(let failure):
            refuse(failure, id: id, to: caller, replyTo: &out)
            return .answered
        }
        switch caller.rights.decide(target.access, at: now.wall, process: { .hidden("it is not looked at") }) {
        case .denied(let denial), .wouldDeny(let denial):
            deny(target, denial, id: id, to: caller, at: now, replyTo: &out)
            return .answered
        case .allowed(let grant):
            switch target.key {
            case .failure(let failure):
                record(
                    DecisionSubject(target.access, decision: .allowed(grant)), of: id, for: caller,
                    outcome: ErrorReply(failure).type, at: now)
                refuse(failure, id: id, to: caller, replyTo: &out)
                return .answered
            case .success(let key):
                return give(
                    key, maxAgeSeconds: query.maxAgeSeconds, grant: grant, id: id, from: caller, at: now, replyTo: &out)
            }
        }
    }

    private func give(
        _ key: SessionKey, maxAgeSeconds: Int?, grant: Rule, id: RequestID, from caller: Caller, at now: Moment,
        replyTo out: inout [UInt8]
    ) -> Reaction {
        guard let answer = cache.answer(for: key, maxAgeSeconds: maxAgeSeconds, at: now) else {
            return join(key, grant: grant, id: id, from: caller, at: now, replyTo: &out)
        }
        counters.answered += 1
        record(
            DecisionSubject(key, grant: grant), of: id, for: caller, outcome: "ok", requestID: answer.requestID,
            cached: true, at: now)
        answer.write(id: id, cached: true, at: now, to: &out)
        return .answered
    }

    private func join(
        _ key: SessionKey, grant: Rule, id: RequestID, from caller: Caller, at now: Moment, replyTo out: inout [UInt8]
    ) -> Reaction {
        if let failure = obstacle(to: key, for: caller, at: now) {
            return turnAway(failure, key, grant: grant, id: id, from: caller, at: now, replyTo: &out)
        }
        let waiter = Waiter(origin: caller.origin, share: caller.share, id: id, grant: grant, asked: now)
        return board.join(waiter, for: key) ? .launch(key) : .waiting
    }

    /// Why this caller cannot wait for AWS now. Joining a flight costs AWS nothing; starting one counts.
    private func obstacle(to key: SessionKey, for caller: Caller, at now: Moment) -> Failure? {
        let limits = setup.limits
        guard drainsSince == nil else { return .shuttingDown }
        guard caller.inFlight < limits.requestsInFlightPerConnection else {
            return .tooManyInFlight(limit: limits.requestsInFlightPerConnection, ofThisUser: false)
        }
        guard caller.share.inFlight < limits.requestsInFlightPerUid else {
            return .tooManyInFlight(limit: limits.requestsInFlightPerUid, ofThisUser: true)
        }
        guard board.waiting < limits.requestsInFlight else { return .overloaded(limit: limits.requestsInFlight) }
        guard !board.isFlying(key), let seconds = caller.share.takeUpstreamCall(at: now) else { return nil }
        return .tooManyUpstreamCalls(seconds: seconds)
    }

    private func turnAway(
        _ failure: Failure, _ key: SessionKey, grant: Rule, id: RequestID, from caller: Caller, at now: Moment,
        replyTo out: inout [UInt8]
    ) -> Reaction {
        record(
            DecisionSubject(key, grant: grant), of: id, for: caller,
            outcome: ErrorReply(failure).type, at: now)
        refuse(failure, id: id, to: caller, replyTo: &out)
        return .answered
    }

    private func deny(
        _ target: Target, _ denial: Denial, id: RequestID, to caller: Caller, at now: Moment,
        replyTo out: inout [UInt8]
    ) {
        let peer = caller.peer
        let failure = Failure.denied(
            .init(
                peer: peer, user: names.user(of: peer.uid), request: target.access, askedProfile: target.askedProfile,
                askedRegion: target.askedRegion, denial: denial, policySource: setup.policySource))
        record(
            DecisionSubject(target.access, decision: .denied(denial)), of: id, for: caller,
            outcome: BrokerErrorType.permissionDenied.rawValue, at: now)
        refuse(failure, id: id, to: caller, replyTo: &out)
    }

    private func failWaiters(askedBefore instant: Moment, with failure: Failure, at now: Moment) -> [Delivery] {
        let reply = ErrorReply(failure)
        return board.leave(askedBefore: instant).map { fail($0.waiter, $0.key, with: reply, at: now) }
    }

    private func fail(_ waiter: Waiter, _ key: SessionKey, with reply: ErrorReply, at now: Moment) -> Delivery {
        counters.failed += 1
        record(waiter, key, outcome: reply.type, requestID: reply.requestID, at: now)
        var line: [UInt8] = []
        ReplyWriter.error(reply, id: waiter.id, to: &line)
        return Delivery(connection: waiter.origin.connection, line: line)
    }
}

// MARK: - Records

extension Broker {
    private func record(
        _ subject: DecisionSubject, of id: RequestID, for caller: Caller, outcome: String, requestID: String? = nil,
        cached: Bool = false, at now: Moment
    ) {
        audit.record(
            DecisionRecord(
                time: now.wall, origin: caller.origin, id: id,
                action: subject.action, profile: subject.profile, region: subject.region,
                decision: subject.decision, outcome: outcome, requestID: requestID, cached: cached,
                microseconds: now.microsecondsUntilNow()))
    }

    private func record(_ waiter: Waiter, _ key: SessionKey, outcome: String, requestID: String?, at now: Moment) {
        audit.record(
            DecisionRecord(
                time: now.wall, origin: waiter.origin, id: waiter.id,
                action: key.action, profile: key.profile.name, region: key.region.name,
                decision: .allowed(waiter.grant), outcome: outcome, requestID: requestID, cached: false,
                microseconds: now.nanoseconds(since: waiter.asked) / 1_000))
    }
}

// MARK: - What people ask about the broker itself

extension Broker {
    private func whoAmI(_ caller: Caller) -> JSONValue {
        let peer = caller.peer
        return WhoAmIReport(
            peer: peer, user: names.user(of: peer.uid), group: names.group(of: peer.gid), rights: caller.rights,
            profiles: setup.profiles
        ).json
    }

    private func status(for caller: Caller, at now: Moment) -> JSONValue {
        StatusReport(
            setup: setup, counters: counters, cacheEntries: cache.count, cacheHits: cache.hits,
            cacheMisses: cache.misses, flights: board.flights, rights: caller.rights, now: now
        ).json
    }
}
