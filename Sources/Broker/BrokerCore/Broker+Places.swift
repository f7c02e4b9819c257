package import BrokerAccess
package import BrokerWire

// MARK: - Places and memory

extension Broker {
    /// Somebody has connected. They may still have to be sent away: see `admit`. `process` takes a hold on their process.
    package func caller(
        _ peer: Peer, process: @escaping () -> PeerProcess?, connection: UInt64, door: Door, at now: Moment
    ) -> Caller {
        // Administrators have a share to themselves, and the usual rates: whatever others of their uid do, and however low
        // the limits of users are, this door opens.
        let share =
            door == .people
            ? ledger.share(of: peer.uid, limits: setup.limits, at: now)
            : UserShare(uid: peer.uid, limits: Limits(), at: now)
        return Caller(
            connection: connection, door: door, peer: peer, process: process, shelf: shelf,
            user: names.user(of: peer.uid), share: share, rights: setup.policy.rights(of: peer), generation: generation,
            recordsProcess: setup.recordsProcesses)
    }

    /// Brings the caller's rights up to the configuration in force, and its records to what its process is.
    func renew(_ caller: Caller) {
        if caller.generation != generation {
            caller.renew(
                setup.policy.rights(of: caller.peer), generation: generation, recordsProcess: setup.recordsProcesses)
        }
        caller.noteProcess()
    }

    /// Takes a unit of the caller's part of this turn; false when that has been spent.
    func spend(of caller: Caller) -> Bool { spend(of: caller.share) }

    func spend(of share: UserShare) -> Bool {
        share.spend(ledger.users > 1 ? .shared : .alone, inTurn: turn, clock: clock)
    }

    /// Gives the caller a place, or says why there is none.
    package func admit(_ caller: Caller) -> Failure? {
        if let failure = obstacle(toAdmitting: caller) {
            counters.connectionsRefused += 1
            if let limit = failure.limit { watch.met(limit, uid: caller.peer.uid) }
            return failure
        }
        if caller.door == .people { ledger.takePlace(of: caller.share) }
        counters.connectionsOpen += 1
        counters.connectionsAccepted += 1
        return nil
    }

    private func obstacle(toAdmitting caller: Caller) -> Failure? {
        let limits = setup.limits
        guard caller.door == .people else { return host.administrators.include(caller.peer) ? nil : .notAdministrator }
        guard ledger.connections < limits.connections else {
            return .tooManyConnections(limit: limits.connections, ofThisUser: false)
        }
        guard caller.share.connections < limits.connectionsPerUid else {
            return .tooManyConnections(limit: limits.connectionsPerUid, ofThisUser: true)
        }
        return nil
    }

    /// An admitted connection is gone. Its place is free once nothing of it is in flight: see `freePlace`.
    package func connectionClosed() { counters.connectionsOpen -= 1 }

    package func freePlace(of caller: Caller, at now: Moment) {
        if caller.door == .people { ledger.freePlace(of: caller.share, at: now) }
    }

    /// A connection has so many bytes more or less waiting than before. Says why it has to end, if that is too much.
    package func notePending(_ change: Int, of caller: Caller) -> Failure? {
        guard caller.door == .people else { return nil }
        ledger.notePending(change, of: caller.share)
        guard change > 0 else { return nil }
        if caller.share.bytesPending > setup.limits.bytesPendingPerUid {
            return .tooMuchPending(limit: setup.limits.bytesPendingPerUid, ofThisUser: true)
        }
        if ledger.bytesPending > setup.limits.bytesPending {
            return .tooMuchPending(limit: setup.limits.bytesPending, ofThisUser: false)
        }
        return nil
    }
}

/// Who may come in by the administrator's door: root, the broker's own user, and the members of one group.
package struct Administrators: Sendable, Equatable {
    package let uid: UInt32
    package let group: UInt32?

    package init(uid: UInt32, group: UInt32?) {
        self.uid = uid
        self.group = group
    }

    package func include(_ peer: Peer) -> Bool {
        peer.uid == 0 || peer.uid == uid || (group.map { peer.isMember(of: $0) } ?? false)
    }
}
