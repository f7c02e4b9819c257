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

    package func rights(of peer: Peer) -> Rights { setup.policy.rights(of: peer) }

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
    package func refuse(_ failure: Failure, id: RequestID?, replyTo out: inout [UInt8]) {
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

    /// Everything recorded so far is on its way before the replies of this turn are.
    package func commitRecords() { _ = audit.commit() }

    package func connectionOpened() {
        counters.connectionsOpen += 1
        counters.connectionsAccepted += 1
    }

    package func connectionClosed() { counters.connectionsOpen -= 1 }
    package func connectionRefused() { counters.connectionsRefused += 1 }
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
            refuse(failure, id: id, replyTo: &out)
            return .answered
        }
        switch caller.rights.decide(target.access) {
        case .denied(let lack):
            deny(target, lack, id: id, to: caller, at: now, replyTo: &out)
            return .answered
        case .allowed(let grant):
            switch target.key {
            case .failure(let failure):
                record(
                    DecisionSubject(target.access, decision: .allowed(grant: grant)), of: id, for: caller,
                    outcome: ErrorReply(failure).type, at: now)
                refuse(failure, id: id, replyTo: &out)
                return .answered
            case .success(let key):
                return give(
                    key, maxAgeSeconds: query.maxAgeSeconds, grant: grant, id: id, from: caller, at: now, replyTo: &out)
            }
        }
    }

    private func give(
        _ key: SessionKey, maxAgeSeconds: Int?, grant: String, id: RequestID, from caller: Caller, at now: Moment,
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
        _ key: SessionKey, grant: String, id: RequestID, from caller: Caller, at now: Moment, replyTo out: inout [UInt8]
    ) -> Reaction {
        guard caller.inFlight < setup.limits.requestsInFlightPerConnection else {
            let failure = Failure.tooManyInFlight(limit: setup.limits.requestsInFlightPerConnection)
            return turnAway(failure, key, grant: grant, id: id, from: caller, at: now, replyTo: &out)
        }
        guard drainsSince == nil else {
            return turnAway(.shuttingDown, key, grant: grant, id: id, from: caller, at: now, replyTo: &out)
        }
        let waiter = Waiter(
            origin: caller.origin, id: id, grant: grant, asked: now)
        return board.join(waiter, for: key) ? .launch(key) : .waiting
    }

    private func turnAway(
        _ failure: Failure, _ key: SessionKey, grant: String, id: RequestID, from caller: Caller, at now: Moment,
        replyTo out: inout [UInt8]
    ) -> Reaction {
        record(
            DecisionSubject(key, grant: grant), of: id, for: caller,
            outcome: ErrorReply(failure).type, at: now)
        refuse(failure, id: id, replyTo: &out)
        return .answered
    }

    private func deny(
        _ target: Target, _ lack: Decision.Lack, id: RequestID, to caller: Caller, at now: Moment,
        replyTo out: inout [UInt8]
    ) {
        let peer = caller.rights.peer
        let failure = Failure.denied(
            .init(
                peer: peer, user: names.user(of: peer.uid), request: target.access, askedProfile: target.askedProfile,
                askedRegion: target.askedRegion, lack: lack, policySource: setup.policySource))
        record(
            DecisionSubject(target.access, decision: .denied(lack)), of: id, for: caller,
            outcome: BrokerErrorType.permissionDenied.rawValue, at: now)
        refuse(failure, id: id, replyTo: &out)
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
                decision: RecordedDecision(subject.decision), outcome: outcome, requestID: requestID, cached: cached,
                microseconds: now.microsecondsUntilNow()))
    }

    private func record(_ waiter: Waiter, _ key: SessionKey, outcome: String, requestID: String?, at now: Moment) {
        audit.record(
            DecisionRecord(
                time: now.wall, origin: waiter.origin, id: waiter.id,
                action: key.action, profile: key.profile.name, region: key.region.name,
                decision: .allow(rule: waiter.grant, at: nil), outcome: outcome, requestID: requestID, cached: false,
                microseconds: now.nanoseconds(since: waiter.asked) / 1_000))
    }
}

// MARK: - What people ask about the broker itself

extension Broker {
    private func whoAmI(_ caller: Caller) -> JSONValue {
        let peer = caller.rights.peer
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
