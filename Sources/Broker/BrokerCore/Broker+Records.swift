internal import AWSRuntime
internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire
internal import JSONText

// MARK: - Records

extension Broker {
    func record(
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

    func record(_ waiter: Waiter, _ key: SessionKey, outcome: String, requestID: String?, at now: Moment) {
        audit.record(
            DecisionRecord(
                time: now.wall, origin: waiter.origin, id: waiter.id,
                action: key.action, profile: key.profile.name, region: key.region.name,
                decision: waiter.decision, outcome: outcome, requestID: requestID, cached: false,
                microseconds: now.nanoseconds(since: waiter.asked) / 1_000))
    }

    /// A call at the administrator's door.
    func record(_ asker: Errand.Asker, outcome: String, at now: Moment) {
        let subject = DecisionSubject.ownMethod(asker.method, at: .admin)
        audit.record(
            DecisionRecord(
                time: now.wall, origin: asker.origin, id: asker.id, action: subject.action, profile: nil, region: nil,
                decision: subject.decision, outcome: outcome, requestID: nil, cached: false,
                microseconds: now.nanoseconds(since: asker.asked) / 1_000))
    }

    /// An event that somebody at the administrator's door has caused, or, where there is no caller, a signal.
    func record(_ kind: AuditEvent.Kind, by caller: Peer?, at now: Moment) {
        audit.record(
            AuditEvent(time: now.wall, kind, by: caller.map { AuditEvent.Actor(uid: $0.uid, pid: $0.pid) }))
    }
}

// MARK: - What people ask about the broker itself

extension Broker {
    func whoAmI(_ caller: Caller) -> JSONValue {
        WhoAmIReport(
            caller: caller, user: names.user(of: caller.peer.uid), names: groupNames(of: caller.peer),
            profiles: setup.profiles
        ).json
    }

    private func groupNames(of peer: Peer) -> [UInt32: String] {
        var found: [UInt32: String] = [:]
        for gid in [peer.gid] + peer.groups { found[gid] = names.group(of: gid) }
        return found
    }

    func status(for caller: Caller, at now: Moment) -> JSONValue {
        StatusReport(broker: self, visible: { caller.rights.grants(coverProfile: $0) }, now: now).value
    }

    func explain(_ query: ExplainQuery, to caller: Caller, at now: Moment) -> Result<JSONValue, Failure> {
        setup.target(of: query, generation: generation).map { target in
            let decision = caller.rights.decide(target.access, at: now.wall, process: { caller.look() })
            return Explanation(
                target: target, decision: decision, mode: setup.policy.mode, policySource: setup.policySource
            ).forCaller
        }
    }
}
