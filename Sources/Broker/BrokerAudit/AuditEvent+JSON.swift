internal import Timestamps

extension AuditEvent {
    /// Appends the event's name and what follows it; what stands before is the chain's.
    func writeMembers(to out: inout LineBuffer) {
        out.append(kind.name)
        out.append(UInt8(ascii: "\""))
        if let actor {
            RecordText.append(",\"by\":{\"uid\":", actor.uid, to: &out)
            out.append(",\"pid\":")
            out.append(Int64(actor.pid))
            out.append(UInt8(ascii: "}"))
        }
        kind.writeMembers(to: &out)
    }
}

extension AuditEvent.Kind {
    /// The value of the member `event`.
    fileprivate var name: StaticString {
        switch self {
        case .start: "start"
        case .stop: "stop"
        case .reload: "reload"
        case .lock: "lock"
        case .unlock: "unlock"
        case .credentials: "credentials"
        case .addCredentials: "addCredentials"
        case .removeCredentials: "removeCredentials"
        case .dropCredentials: "dropCredentials"
        case .limit: "limit"
        case .auditUnavailable: "auditUnavailable"
        case .dropCache: "dropCache"
        case .setLogLevel: "setLogLevel"
        case .rotated: "rotated"
        case .recovered: "recovered"
        }
    }

    fileprivate func writeMembers(to out: inout LineBuffer) {
        switch self {
        case .stop, .lock: break
        case .start(let version, let pid, let mode, let policy):
            RecordText.append(",\"version\":", version, to: &out)
            out.append(",\"pid\":")
            out.append(Int64(pid))
            Self.write(mode: mode, policy: policy, to: &out)
        case .reload(let outcome, let mode, let policy):
            RecordText.append(",\"outcome\":", outcome, to: &out)
            Self.write(mode: mode, policy: policy, to: &out)
        case .unlock(let outcome): RecordText.append(",\"outcome\":", outcome, to: &out)
        case .credentials(let profile, let source, let state, let expiresAt):
            RecordText.append(",\"profile\":", profile, to: &out)
            RecordText.append(",\"source\":", source, to: &out)
            RecordText.append(",\"state\":", state, to: &out)
            if let expiresAt { RecordText.append(",\"expiresAt\":", expiresAt.rfc3339, to: &out) }
        case .addCredentials(let profile, let end, let expiresAt):
            RecordText.append(",\"profile\":", profile, to: &out)
            RecordText.append(",\"accessKeyIdEnd\":", end, to: &out)
            if let expiresAt { RecordText.append(",\"expiresAt\":", expiresAt.rfc3339, to: &out) }
        case .removeCredentials(let profile, let removed):
            RecordText.append(",\"profile\":", profile, to: &out)
            RecordText.append(",\"removed\":", removed, to: &out)
        case .dropCredentials(let dropped): RecordText.append(",\"dropped\":", dropped, to: &out)
        case .limit(let name, let uid, let count, let seconds):
            RecordText.append(",\"name\":", name, to: &out)
            if let uid { RecordText.append(",\"uid\":", uid, to: &out) }
            RecordText.append(",\"count\":", count, to: &out)
            RecordText.append(",\"seconds\":", seconds, to: &out)
        case .auditUnavailable(let reason, let refused):
            RecordText.append(",\"reason\":", reason, to: &out)
            RecordText.append(",\"refused\":", refused, to: &out)
        case .dropCache(let profile, let dropped):
            if let profile { RecordText.append(",\"profile\":", profile, to: &out) }
            RecordText.append(",\"dropped\":", dropped, to: &out)
        case .setLogLevel(let level, let previous):
            RecordText.append(",\"level\":", level, to: &out)
            RecordText.append(",\"previous\":", previous, to: &out)
        case .rotated(let previousFile):
            if let previousFile { RecordText.append(",\"previousFile\":", previousFile, to: &out) }
        case .recovered(let recovery):
            RecordText.append(",\"reason\":", recovery.reason, to: &out)
            RecordText.append(",\"tornBytes\":", recovery.torn?.bytes ?? 0, to: &out)
            if let torn = recovery.torn { RecordText.append(",\"tornSHA256\":", torn.sha256, to: &out) }
            RecordText.append(",\"withdrawn\":", recovery.withdrawn, to: &out)
        }
    }

    private static func write(mode: String?, policy: String?, to out: inout LineBuffer) {
        if let mode { RecordText.append(",\"mode\":", mode, to: &out) }
        if let policy { RecordText.append(",\"policySHA256\":", policy, to: &out) }
    }
}
