internal import AWSRuntime
internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire

// MARK: - A session

extension Broker {
    func askForSession(
        _ query: SessionQuery, id: RequestID, from caller: Caller, at now: Moment, replyTo out: inout [UInt8]
    ) -> Reaction {
        let target: Target
        switch caller.target(of: query, in: setup) {
        case .success(let found): target = found
        case .failure(let failure):
            record(
                DecisionSubject(query), of: id, for: caller, outcome: ErrorReply(failure).type, at: now)
            refuse(failure, id: id, to: caller, replyTo: &out)
            return .answered
        }
        let decision = caller.rights.decide(target.access, at: now.wall, process: { caller.look() })
        if case .denied(let denial) = decision {
            deny(target, decision, denial, id: id, to: caller, at: now, replyTo: &out)
            return .answered
        }
        // It would wait for the very credentials that it was started to bring (SCARS 14).
        if setup.upstream.hasStartedProcesses, caller.isOwnDescendant {
            return turnAway(.askedByItself, target, decision, id: id, from: caller, at: now, replyTo: &out)
        }
        guard !lock.isLocked else {
            return turnAway(.locked, target, decision, id: id, from: caller, at: now, replyTo: &out)
        }
        switch target.key {
        case .failure(let failure):
            return turnAway(failure, target, decision, id: id, from: caller, at: now, replyTo: &out)
        case .success(let key):
            guard let answer = cache.answer(for: key, maxAgeSeconds: query.maxAgeSeconds, at: now) else {
                return join(key, target, decision, id: id, from: caller, at: now, replyTo: &out)
            }
            counters.answered += 1
            record(
                DecisionSubject(target.access, decision), of: id, for: caller, outcome: "ok",
                requestID: answer.requestID, cached: true, at: now)
            answer.write(id: id, cached: true, at: now, to: &out)
            return .answered
        }
    }

    private func join(
        _ key: SessionKey, _ target: Target, _ decision: Decision, id: RequestID, from caller: Caller, at now: Moment,
        replyTo out: inout [UInt8]
    ) -> Reaction {
        if let failure = obstacle(to: key, for: caller, at: now) {
            return turnAway(failure, target, decision, id: id, from: caller, at: now, replyTo: &out)
        }
        let waiter = Waiter(
            origin: caller.origin, share: caller.share, id: id, decision: RecordedDecision(decision), asked: now)
        return board.join(waiter, for: key) ? .launch(key) : .waiting
    }

    /// Why this caller cannot wait for AWS now. Joining a flight costs AWS nothing; starting one counts.
    private func obstacle(to key: SessionKey, for caller: Caller, at now: Moment) -> Failure? {
        let limits = setup.limits
        guard !isDraining else { return .shuttingDown }
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
        _ failure: Failure, _ target: Target, _ decision: Decision, id: RequestID, from caller: Caller,
        at now: Moment, replyTo out: inout [UInt8]
    ) -> Reaction {
        record(
            DecisionSubject(target.access, decision), of: id, for: caller, outcome: ErrorReply(failure).type, at: now)
        refuse(failure, id: id, to: caller, replyTo: &out)
        return .answered
    }

    private func deny(
        _ target: Target, _ decision: Decision, _ denial: Denial, id: RequestID, to caller: Caller, at now: Moment,
        replyTo out: inout [UInt8]
    ) {
        let peer = caller.peer
        let failure = Failure.denied(
            .init(
                peer: peer, user: names.user(of: peer.uid), request: target.access, askedProfile: target.askedProfile,
                askedRegion: target.askedRegion, denial: denial, policySource: setup.policySource))
        record(
            DecisionSubject(target.access, decision), of: id, for: caller,
            outcome: BrokerErrorType.permissionDenied.rawValue, at: now)
        refuse(failure, id: id, to: caller, replyTo: &out)
    }
}

// MARK: - Flights

extension Broker {
    /// A flight is over: keeps a success, and says what those who waited get. Where many waited and others are connected,
    /// the rest comes with `arrivals`.
    package func land(_ key: SessionKey, with outcome: FlightOutcome, at now: Moment) -> [Delivery] {
        let result: Landed.Result
        switch outcome {
        case .session(let session, let requestID, let attempts):
            counters.upstreamCalls += UInt64(attempts)
            let answer = SessionAnswer(
                session: session, key: key, requestID: requestID, attempts: attempts, fetched: now)
            if answer.isOfBearableLength {
                // What another configuration fetched is told to those who asked under it, and to nobody else.
                if key.generation == generation { cache.store(answer, for: key, at: now) }
                result = .answer(answer)
            } else {
                counters.upstreamFailures += 1
                result = .refusal(ErrorReply(.answerTooLong(limit: SessionAnswer.longest)))
            }
        case .failure(let failure):
            if case .call(let call) = failure { counters.upstreamCalls += UInt64(call.attempts) }
            counters.upstreamFailures += 1
            result = .refusal(ErrorReply(failure))
        }
        arrived.append(board.land(key), Landed(key, result))
        return arrivals(at: now)
    }

    /// Whether somebody's answer is there and has not been told.
    package var hasArrivals: Bool { !arrived.isEmpty }

    /// What can be told in this turn to those whose answers are there: users share turns for this too.
    package func arrivals(at now: Moment) -> [Delivery] {
        var deliveries: [Delivery] = []
        let isShared = ledger.users > 1
        arrived.take(while: { share in !isShared || spend(of: share) }) { waiter, landed in
            deliveries.append(tell(waiter, landed, at: now))
        }
        return deliveries
    }

    private func tell(_ waiter: Waiter, _ landed: Landed, at now: Moment) -> Delivery {
        var line: [UInt8] = []
        switch landed.result {
        case .answer(let answer):
            counters.answered += 1
            answer.write(id: waiter.id, cached: false, at: now, to: &line)
            record(waiter, landed.key, outcome: "ok", requestID: answer.requestID, at: now)
        case .refusal(let reply):
            counters.failed += 1
            ReplyWriter.error(reply, id: waiter.id, to: &line)
            record(waiter, landed.key, outcome: reply.type, requestID: reply.requestID, at: now)
        }
        return Delivery(connection: waiter.origin.connection, line: line)
    }

    /// Those who wait and asked before `instant`, or all, are told why they get nothing; their flights go on.
    func failWaiters(askedBefore instant: Moment? = nil, with failure: Failure, at now: Moment) -> [Delivery] {
        let reply = ErrorReply(failure)
        let late = instant ?? Moment(wall: now.wall, uptimeNanoseconds: .max)
        for (key, waiter) in board.leave(askedBefore: late) { arrived.append([waiter], Landed(key, .refusal(reply))) }
        return arrivals(at: now)
    }
}
