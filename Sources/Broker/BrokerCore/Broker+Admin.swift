internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire
internal import JSONText

// MARK: - The administrator's door

extension Broker {
    func administer(
        _ call: AdminCall, id: RequestID, from caller: Caller, at now: Moment, replyTo out: inout [UInt8]
    ) -> Reaction {
        let asker = Errand.Asker(origin: caller.origin, id: id, method: call.method, asked: now)
        let result: Result<JSONValue, Failure>
        switch call {
        case .status:
            result = .success(.object(StatusReport(broker: self, visible: { _ in true }, now: now).adminJSON))
        case .metrics: result = .success(MetricsReport(self, at: now).json)
        case .dropCache(let profile): result = .success(dropCache(of: profile, for: asker, at: now))
        case .setLogLevel(let level): result = .success(setLogLevel(level, for: asker, at: now))
        case .reload: return .errand(Errand(kind: .reload, asker: asker))
        case .explain(let query): return .errand(Errand(kind: .find(query), asker: asker))
        case .lock(let passphrase):
            guard let failure = lock.obstacleToLocking else { return check(.seal(passphrase), for: asker) }
            result = .failure(failure)
        case .listCredentials: result = .success(["credentials": .array(setup.upstream.credentials().map(\.json))])
        case .addCredentials(let keys): result = addCredentials(keys, for: asker, at: now)
        case .removeCredentials(let profile): result = removeCredentials(of: profile, for: asker, at: now)
        case .dropCredentials: result = .success(["dropped": JSONValue(dropCredentials(for: asker.peer, at: now))])
        case .unlock(let passphrase):
            switch (lock.isBusy, lock.seal) {
            case (true, _): result = .failure(.passphraseBeingChecked)
            case (false, nil): result = .success(["locked": false])
            case (false, let seal?): return check(.unseal(passphrase, seal), for: asker)
            }
        }
        answer(asker, result, at: now, replyTo: &out)
        return .answered
    }

    private func dropCache(of profile: ProfileName?, for asker: Errand.Asker, at now: Moment) -> JSONValue {
        let dropped = cache.drop(profile)
        record(.dropCache(profile: profile?.name, dropped: UInt64(dropped)), by: asker.peer, at: now)
        return ["dropped": JSONValue(dropped)]
    }

    private func setLogLevel(_ level: LogLevel, for asker: Errand.Asker, at now: Moment) -> JSONValue {
        let previous = host.logLevel
        host.logLevel = level
        record(.setLogLevel(level: level.rawValue, previous: previous.rawValue), by: asker.peer, at: now)
        return ["level": .string(level.rawValue), "previous": .string(previous.rawValue)]
    }

    private func check(_ kind: Errand.Kind, for asker: Errand.Asker) -> Reaction {
        lock.isBusy = true
        return .errand(Errand(kind: kind, asker: asker))
    }

    /// The errand, if it may run now; else `nextErrand` will give it out.
    package func mayRun(_ errand: Errand) -> Errand? { reloads.admit(errand) }

    /// What may run now that an errand is back.
    package func nextErrand(after errand: Errand) -> Errand? { reloads.next(after: errand) }

    /// An errand is back: does what it was for, and says what is to be told to whom.
    package func finish(_ errand: Errand, with outcome: ErrandOutcome, at now: Moment) -> [Delivery] {
        switch outcome.outcome {
        case .reloaded(let result): return finishReload(result, for: errand.asker, at: now)
        case .sealed(let seal): return finishLocking(seal, for: errand.asker, at: now)
        case .unsealed(let isRight): return finishUnlocking(isRight, for: errand.asker, at: now)
        case .found(.failure(let failure), _): return tell(.failure(failure), errand.asker, at: now)
        case .found(.success(let subject), let query):
            let told = setup.target(of: query.query, generation: generation).map { target in
                let decision = setup.policy.rights(of: subject).decide(
                    target.access, at: now.wall, process: { query.sight })
                return Explanation(
                    target: target, decision: decision, mode: setup.policy.mode, policySource: setup.policySource
                ).forAdministrator(of: subject)
            }
            return tell(told, errand.asker, at: now)
        }
    }

    private func finishLocking(_ seal: SealedPassphrase?, for asker: Errand.Asker?, at now: Moment) -> [Delivery] {
        lock.isBusy = false
        guard let seal else { return tell(.failure(.impossible), asker, at: now) }
        lock.close(with: seal)
        setup.upstream.setLocked(true)
        if let asker { record(.lock, by: asker.peer, at: now) }
        return failWaiters(with: .locked, at: now) + tell(.success(["locked": true]), asker, at: now)
    }

    private func finishUnlocking(_ isRight: Bool, for asker: Errand.Asker?, at now: Moment) -> [Delivery] {
        if let asker { record(.unlock(outcome: isRight ? "ok" : "WrongPassphrase"), by: asker.peer, at: now) }
        guard isRight else {
            let delay = lock.wasWrong()
            // Until that has passed nobody may try again: the owner calls `mayTryAgain` then.
            return tell(.failure(.wrongPassphrase), asker, at: now, after: delay)
        }
        lock.isBusy = false
        lock.open()
        setup.upstream.setLocked(false)
        return tell(.success(["locked": false]), asker, at: now)
    }

    /// A delayed refusal is on its way: another passphrase may be tried.
    package func mayTryAgain() { lock.isBusy = false }

    private func finishReload(
        _ result: Result<ReloadedSetup, ConfigurationProblem>, for asker: Errand.Asker?, at now: Moment
    ) -> [Delivery] {
        switch result {
        case .failure(let problem):
            recordReload(outcome: problem.text, by: asker, at: now)
            return tell(.failure(.configurationInvalid(problem)), asker, at: now)
        case .success(let reloaded):
            adopt(reloaded.setup, at: now)
            recordReload(outcome: "ok", by: asker, at: now)
            let policy = StatusReport(broker: self, visible: { _ in true }, now: now).policy
            return tell(
                .success([
                    "policy": .object(policy), "needsRestart": .array(reloaded.needsRestart.map { .string($0) }),
                ]), asker, at: now)
        }
    }

    private func recordReload(outcome: String, by asker: Errand.Asker?, at now: Moment) {
        audit.record(
            AuditEvent(
                time: now.wall,
                .reload(outcome: outcome, mode: setup.policy.mode.rawValue, policySHA256: setup.policySHA256),
                by: asker.map { AuditEvent.Actor(uid: $0.peer.uid, pid: $0.peer.pid) }))
    }

    /// Puts another configuration in force, between two requests and as a whole. What is in flight was decided before and
    /// is answered; what it brings is kept for nobody. Everybody's rights are found anew at their next request.
    private func adopt(_ setup: BrokerSetup, at now: Moment) {
        self.setup = setup
        generation &+= 1
        cache = SessionCache(
            lifetimeSeconds: setup.cacheSeconds, capacity: setup.cacheEntries, hits: cache.hits, misses: cache.misses)
        setup.upstream.setLocked(lock.isLocked)
        ledger.adopt(setup.limits, at: now)
    }

    private func tell(
        _ result: Result<JSONValue, Failure>, _ asker: Errand.Asker?, at now: Moment, after delay: Double = 0
    ) -> [Delivery] {
        guard let asker else { return [] }
        var line: [UInt8] = []
        answer(asker, result, at: now, replyTo: &line)
        return [Delivery(connection: asker.origin.connection, line: line, delay: delay)]
    }

    /// The record first, as of every request.
    private func answer(
        _ asker: Errand.Asker, _ result: Result<JSONValue, Failure>, at now: Moment, replyTo out: inout [UInt8]
    ) {
        switch result {
        case .success(let value):
            counters.answered += 1
            record(asker, outcome: "ok", at: now)
            ReplyWriter.result(value, id: asker.id, to: &out)
        case .failure(let failure):
            counters.refused += 1
            let reply = ErrorReply(failure)
            record(asker, outcome: reply.type, at: now)
            ReplyWriter.error(reply, id: asker.id, to: &out)
        }
    }
}

extension AdminExplainQuery {
    /// The process that the query speaks of. What it does not say is not known.
    fileprivate var sight: ProcessSight {
        guard executable != nil || unit != nil else { return .hidden("the question does not say") }
        return .alive(
            ProcessFacts(
                executable: executable, unit: unit, unitDoubt: unit == nil ? "the question does not say" : nil))
    }
}
