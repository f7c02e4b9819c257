internal import BrokerAudit
internal import BrokerWire

/// What goes into the record besides requests: limits that were met, so many times in so many seconds, and credentials that
/// changed. Told about twice a second at the most, for a flood must not flood the record.
struct BrokerWatch {
    /// One limit, met by one user.
    private struct Encounter: Hashable {
        let limit: String
        let uid: UInt32?
    }

    /// Users told apart between two looks; more are told of together.
    private static let capacity = 1_024

    private var encounters: [Encounter: UInt64] = [:]
    private var unrecorded: UInt64 = 0
    private var since: Moment
    private var credentials: [ProfileName: CredentialState] = [:]

    init(since now: Moment) { since = now }

    mutating func met(_ limit: String, uid: UInt32) {
        let encounter = Encounter(limit: limit, uid: uid)
        if encounters[encounter] != nil || encounters.count < Self.capacity {
            encounters[encounter, default: 0] += 1
        } else {
            encounters[Encounter(limit: limit, uid: nil), default: 0] += 1
        }
    }

    /// A request was refused because it could not have been recorded.
    mutating func refusedUnrecorded() { unrecorded += 1 }

    mutating func look(_ upstream: any Upstream, _ profiles: Profiles, _ audit: any AuditSink, at now: Moment) {
        guard audit.isAvailable else { return }
        flush(to: audit, at: now)
        for profile in profiles.all {
            let state = upstream.credentialState(of: profile.name)
            guard state != credentials[profile.name] else { continue }
            credentials[profile.name] = state
            audit.record(AuditEvent(time: now.wall, .init(profile.name, state)))
        }
    }

    /// Tells all that has been counted.
    mutating func flush(to audit: any AuditSink, at now: Moment) {
        if unrecorded > 0 {
            audit.record(
                AuditEvent(time: now.wall, .auditUnavailable(reason: "no place for their records", refused: unrecorded))
            )
            unrecorded = 0
        }
        let seconds = UInt64(max(1, now.seconds(since: since).rounded(.up)))
        for (encounter, count) in encounters {
            audit.record(
                AuditEvent(
                    time: now.wall,
                    .limit(name: encounter.limit, uid: encounter.uid, count: count, seconds: seconds)))
        }
        encounters.removeAll(keepingCapacity: true)
        since = now
    }
}

extension AuditEvent.Kind {
    fileprivate init(_ profile: ProfileName, _ state: CredentialState) {
        switch state.readiness {
        case .untried: self = .credentials(profile: profile.name, source: state.source, state: "untried")
        case .ready(let expiresAt):
            self = .credentials(profile: profile.name, source: state.source, state: "ready", expiresAt: expiresAt)
        case .unavailable(let reason):
            self = .credentials(profile: profile.name, source: state.source, state: "unavailable: \(reason)")
        }
    }
}
