import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Synchronization
import Testing

@testable import BrokerCore

extension Peer {
    static let admin = Peer(uid: 0, gid: 0, pid: 7)
}

/// What the scene's administrator does.
extension Scene {
    /// Asks at the administrator's door; the reply if there is one at once.
    func askAdmin(
        _ call: AdminCall, id: RequestID = .integer(1), connection: UInt64 = 900, at now: Moment = .at(0)
    ) throws -> (reaction: Broker.Reaction, reply: JSONValue?) {
        var out: [UInt8] = []
        let caller = broker.caller(.admin, connection: connection, door: .admin, at: now)
        let reaction = broker.ask(Request(id: id, call: .admin(call)), from: caller, at: now, replyTo: &out)
        #expect(out.isEmpty == (reaction != .answered))
        return (reaction, out.isEmpty ? nil : try oneLine(out))
    }

    /// The errand that `call` needs, not run yet.
    func errand(for call: AdminCall, id: RequestID = .integer(1), at now: Moment = .at(0)) throws -> Errand {
        guard case .errand(let errand) = try askAdmin(call, id: id, at: now).reaction else {
            throw NoErrand()
        }
        return errand
    }

    struct NoErrand: Error {}

    /// Asks at the administrator's door, runs the errand if one is needed, and answers what the administrator is told;
    /// others that are told something too are left out.
    func administer(_ call: AdminCall, at now: Moment = .at(0)) async throws -> JSONValue {
        let (reaction, reply) = try askAdmin(call, at: now)
        if let reply { return reply }
        guard case .errand(let errand) = reaction else { throw NoErrand() }
        let outcome = await errand.run(on: host)
        let deliveries = broker.finish(errand, with: outcome, at: now).filter { $0.connection == 900 }
        return try oneLine(try #require(deliveries.first).line)
    }

    /// Puts another configuration in force.
    func reload(
        profiles: [Profile] = [.audit], grants: [Rule] = [.alice], limits: Limits = Limits(),
        cacheSeconds: Double = 30, upstream: IdleUpstream = IdleUpstream(), needsRestart: [String] = [],
        at now: Moment = .at(0)
    ) async throws -> JSONValue {
        let setup = BrokerSetup.scene(
            profiles: profiles, policy: Policy(grants: grants), limits: limits, cacheSeconds: cacheSeconds,
            upstream: upstream)
        host.prepare(.success(ReloadedSetup(setup: setup, needsRestart: needsRestart)))
        return try await administer(.reload, at: now)
    }
}

func passphrase(_ text: String = "open sesame") throws -> Passphrase { try #require(Passphrase(text)) }

extension AuditEvent {
    /// Whether it is of this kind, done by the scene's administrator.
    func isAdmins(_ kind: Kind) -> Bool { self.kind == kind && actor == Actor(uid: 0, pid: 7) }
}

/// What an upstream has been told of the lock, from first to last.
final class LockNotes: Sendable {
    private let notes = Mutex<[Bool]>([])

    var all: [Bool] { notes.withLock { $0 } }

    func add(_ isLocked: Bool) { notes.withLock { $0.append(isLocked) } }
}

extension Errand.Asker {
    /// Somebody who asked for a reload when the scene began.
    init(connection: UInt64, id: RequestID, peer: Peer) {
        self.init(origin: RecordOrigin(peer: peer, connection: connection), id: id, method: .reload, asked: .at(0))
    }
}
