internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire
internal import JSONText

// MARK: - The administrator's door

extension Broker {
    func administer(
        _ call: AdminCall, id: RequestID, from caller: Caller, at now: Moment, replyTo out: inout [UInt8]
    ) -> Reaction {
        let asker = Errand.Asker(connection: caller.connection, id: id, peer: caller.peer)
        switch call {
        case .status:
            ReplyWriter.result(
                .object(StatusReport(broker: self, visible: { _ in true }, now: now).adminJSON), id: id, to: &out)
        case .metrics: ReplyWriter.result(MetricsReport(self, at: now).json, id: id, to: &out)
        case .dropCache(let profile):
            let dropped = cache.drop(profile)
            record(.dropCache(profile: profile?.name, dropped: UInt64(dropped)), by: caller.peer, at: now)
            ReplyWriter.result(["dropped": JSONValue(dropped)], id: id, to: &out)
        case .setLogLevel(let level):
            let previous = host.logLevel
            host.logLevel = level
            record(.setLogLevel(level: level.rawValue, previous: previous.rawValue), by: caller.peer, at: now)
            ReplyWriter.result(
                ["level": .string(level.rawValue), "previous": .string(previous.rawValue)], id: id, to: &out)
        case .reload: return .errand(Errand(kind: .reload, asker: asker))
        case .explain(let query): return .errand(Errand(kind: .find(query), asker: asker))
        case .lock(let passphrase):
            return seal(passphrase, for: asker, caller, replyTo: &out)
        case .unlock(let passphrase):
            return unseal(passphrase, for: asker, caller, replyTo: &out)
        }
        counters.answered += 1
        return .answered
    }

    private func seal(
        _ passphrase: Passphrase, for asker: Errand.Asker, _ caller: Caller, replyTo out: inout [UInt8]
    ) -> Reaction {
        guard !lock.isLocked, !lock.isBusy else {
            refuse(lock.isLocked ? .locked : .passphraseBeingChecked, id: asker.id, to: caller, replyTo: &out)
            return .answered
        }
        lock.isBusy = true
        return .errand(Errand(kind: .seal(passphrase), asker: asker))
    }

    private func unseal(
        _ passphrase: Passphrase, for asker: Errand.Asker, _ caller: Caller, replyTo out: inout [UInt8]
    ) -> Reaction {
        guard !lock.isBusy else {
            refuse(.passphraseBeingChecked, id: asker.id, to: caller, replyTo: &out)
            return .answered
        }
        guard let seal = lock.seal else {
            counters.answered += 1
            ReplyWriter.result(["locked": false], id: asker.id, to: &out)
            return .answered
        }
        lock.isBusy = true
        return .errand(Errand(kind: .unseal(passphrase, seal), asker: asker))
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
        case .found(.failure(let failure), _): return tell(.failure(failure), errand.asker)
        case .found(.success(let subject), let query):
            let told = setup.target(of: query.query, generation: generation).map { target in
                let decision = setup.policy.rights(of: subject).decide(
                    target.access, at: now.wall, process: { query.sight })
                return Explanation(
                    target: target, decision: decision, mode: setup.policy.mode, policySource: setup.policySource
                ).forAdministrator(of: subject)
            }
            return tell(told, errand.asker)
        }
    }

    private func finishLocking(_ seal: SealedPassphrase?, for asker: Errand.Asker?, at now: Moment) -> [Delivery] {
        lock.isBusy = false
        guard let seal else { return tell(.failure(.impossible), asker) }
        lock.close(with: seal)
        setup.upstream.setLocked(true)
        if let asker { record(.lock, by: asker.peer, at: now) }
        return failWaiters(with: .locked, at: now) + tell(.success(["locked": true]), asker)
    }

    private func finishUnlocking(_ isRight: Bool, for asker: Errand.Asker?, at now: Moment) -> [Delivery] {
        if let asker { record(.unlock(outcome: isRight ? "ok" : "WrongPassphrase"), by: asker.peer, at: now) }
        guard isRight else {
            let delay = lock.wasWrong()
            // Until that has passed nobody may try again: the owner calls `mayTryAgain` then.
            return tell(.failure(.wrongPassphrase), asker, after: delay)
        }
        lock.isBusy = false
        lock.open()
        setup.upstream.setLocked(false)
        return tell(.success(["locked": false]), asker)
    }

    /// A delayed refusal is on its way: another passphrase may be tried.
    package func mayTryAgain() { lock.isBusy = false }

    private func finishReload(
        _ result: Result<ReloadedSetup, ConfigurationProblem>, for asker: Errand.Asker?, at now: Moment
    ) -> [Delivery] {
        switch result {
        case .failure(let problem):
            recordReload(outcome: problem.text, by: asker, at: now)
            return tell(.failure(.configurationInvalid(problem)), asker)
        case .success(let reloaded):
            adopt(reloaded.setup, at: now)
            recordReload(outcome: "ok", by: asker, at: now)
            let policy = StatusReport(broker: self, visible: { _ in true }, now: now).policy
            return tell(
                .success([
                    "policy": .object(policy), "needsRestart": .array(reloaded.needsRestart.map { .string($0) }),
                ]), asker)
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
        _ result: Result<JSONValue, Failure>, _ asker: Errand.Asker?, after delay: Double = 0
    ) -> [Delivery] {
        guard let asker else { return [] }
        var line: [UInt8] = []
        switch result {
        case .success(let value):
            counters.answered += 1
            ReplyWriter.result(value, id: asker.id, to: &line)
        case .failure(let failure):
            counters.refused += 1
            ReplyWriter.error(ErrorReply(failure), id: asker.id, to: &line)
        }
        return [Delivery(connection: asker.connection, line: line, delay: delay)]
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
