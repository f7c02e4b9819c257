internal import BrokerAccess
package import BrokerAudit
package import BrokerWire

/// The broker between two clients: decides, remembers, and lets one flight serve all who ask. It does no I/O of its own but
/// what its audit sink does; whoever owns it (one event loop) carries out what it asks for.
///
/// Every request ends in exactly one reply and one record, and the record comes first.
package final class Broker {
    /// What the owner has to do after a request.
    package enum Reaction: Equatable {
        /// The reply has been appended.
        case answered
        /// The reply comes with the flight, which is in the air already.
        case waiting
        /// The reply comes with the flight, which the owner starts now.
        case launch(SessionKey)
        /// The reply comes with the errand, which the owner runs now.
        case errand(Errand)
    }

    /// A reply that became ready without a request of its connection.
    package struct Delivery {
        package let connection: UInt64
        package let line: [UInt8]
        /// Seconds to wait before it is sent.
        package var delay = 0.0
    }

    /// What is in force; a reload replaces it as a whole.
    package internal(set) var setup: BrokerSetup
    let audit: any AuditSink
    package let host: any BrokerHost
    var cache: SessionCache
    var board = FlightBoard()
    var arrived = Arrivals()
    package internal(set) var counters = Counters()
    var names = PeerNames()
    var ledger = UserLedger()
    var lock = BrokerLock()
    var reloads = ReloadQueue()
    var watch: BrokerWatch
    var alarm = AuditAlarm()
    let shelf: ProcessShelf
    /// Nanoseconds, of a clock that is never set.
    let clock: () -> Int64
    /// The number of the turn of the event loop that is under way: users share turns.
    package internal(set) var turn: UInt64 = 0
    /// Which configuration is in force, counted from the start.
    var generation: UInt32 = 0
    /// Since when no new flight is taken; nil while the broker serves.
    private var drainsSince: Moment?

    package init(
        setup: BrokerSetup, audit: any AuditSink, host: any BrokerHost, at now: Moment,
        clock: @escaping () -> Int64 = { Moment.now().uptimeNanoseconds }
    ) {
        self.clock = clock
        self.setup = setup
        self.audit = audit
        self.host = host
        cache = SessionCache(lifetimeSeconds: setup.cacheSeconds, capacity: setup.cacheEntries)
        watch = BrokerWatch(since: now)
        shelf = ProcessShelf(capacity: host.processesHeldAtMost)
        audit.record(
            AuditEvent(
                time: now.wall,
                .start(
                    version: setup.identity.version, pid: setup.identity.processID, mode: setup.policy.mode.rawValue,
                    policySHA256: setup.policySHA256)))
    }

    package var limits: Limits { setup.limits }

    /// Requests that wait for AWS.
    package var waiting: Int { board.waiting }

    /// Answers a request, or says how its answer will come. A reply that there is already is appended to `out`.
    package func ask(_ request: Request, from caller: Caller, at now: Moment, replyTo out: inout [UInt8]) -> Reaction {
        // What cannot be recorded is not answered. The administrator's door stays open, to find out why.
        guard audit.isAvailable || !setup.refusesUnrecorded || caller.door == .admin else {
            watch.refusedUnrecorded()
            refuse(.auditUnavailable, id: request.id, to: caller, replyTo: &out)
            return .answered
        }
        renew(caller)
        switch request.call {
        case .getMacieSession(let query):
            return askForSession(query, id: request.id, from: caller, at: now, replyTo: &out)
        case .whoAmI: ReplyWriter.result(whoAmI(caller), id: request.id, to: &out)
        case .explain(let query):
            switch explain(query, to: caller, at: now) {
            case .success(let explanation): ReplyWriter.result(explanation, id: request.id, to: &out)
            case .failure(let failure):
                return refuseRecorded(failure, of: request, to: caller, at: now, replyTo: &out)
            }
        case .status: ReplyWriter.result(status(for: caller, at: now), id: request.id, to: &out)
        case .discover: ReplyWriter.result(setup.discovery(at: caller.door), id: request.id, to: &out)
        case .admin(let call): return administer(call, id: request.id, from: caller, at: now, replyTo: &out)
        }
        counters.answered += 1
        record(.ownMethod(request.call.method, at: caller.door), of: request.id, for: caller, outcome: "ok", at: now)
        return .answered
    }

    /// Appends the reply to a line that is no request, or to a request that the conversation refused itself.
    package func refuse(_ failure: Failure, id: RequestID?, to caller: Caller, replyTo out: inout [UInt8]) {
        counters.refused += 1
        if let limit = failure.limit { watch.met(limit, uid: caller.peer.uid) }
        ReplyWriter.error(ErrorReply(failure), id: id, to: &out)
    }

    private func refuseRecorded(
        _ failure: Failure, of request: Request, to caller: Caller, at now: Moment, replyTo out: inout [UInt8]
    ) -> Reaction {
        record(
            .ownMethod(request.call.method, at: caller.door), of: request.id, for: caller,
            outcome: ErrorReply(failure).type, at: now)
        refuse(failure, id: request.id, to: caller, replyTo: &out)
        return .answered
    }

    /// Those whose own deadline has passed by `now` are told so; their flights go on.
    package func expire(at now: Moment) -> [Delivery] {
        let patience = Int64(setup.limits.requestSeconds * 1e9)
        let latest = Moment(wall: now.wall, uptimeNanoseconds: now.uptimeNanoseconds - patience)
        return failWaiters(askedBefore: latest, with: .waitedTooLong(seconds: setup.limits.requestSeconds), at: now)
    }

    /// Everybody who still waits is told that the broker stops.
    package func giveUp(at now: Moment) -> [Delivery] { failWaiters(with: .shuttingDown, at: now) }

    /// From now on what would need a new flight is refused.
    package func drain(at now: Moment) { drainsSince = now }

    var isDraining: Bool { drainsSince != nil }

    /// The last record. Nothing is answered after it.
    package func stop(at now: Moment) {
        watch.flush(to: audit, at: now)
        audit.record(AuditEvent(time: now.wall, .stop))
        _ = audit.commit()
    }

    /// The turn is over: everything recorded in it is written before the replies of this turn leave.
    ///
    /// - Returns: false when it could not be written: the replies of this turn must not leave.
    package func endTurn() -> Bool {
        turn &+= 1
        guard !audit.commit() else { return true }
        return !setup.refusesUnrecorded
    }

    /// Half a second or so has passed: looks after the record, and tells it what is worth it.
    package func lookAfter(at now: Moment) {
        let reason = audit.unavailableReason
        setup.upstream.lookAfter()
        audit.recover()
        alarm.look(reason, isBack: audit.isAvailable, refuses: setup.refusesUnrecorded, host, at: now)
        watch.look(setup.upstream, setup.profiles, audit, at: now)
        ledger.forgetThoseAtRest(at: now)
    }

    /// The record goes on in a new file.
    package func rotateRecord() { audit.rotate() }
}
