import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Macie2
import Synchronization
import Testing
import Timestamps

@testable import BrokerCore

/// A broker whose clock, audit sink, host and upstream are the test's.
final class Scene {
    let audit = ScriptedAudit()
    let host = ScriptedHost()
    let stopwatch = Stopwatch()
    let upstream: IdleUpstream
    let broker: Broker

    init(
        profiles: [Profile] = [.audit], grants: [Rule] = [.alice], denies: [Rule] = [], mode: Policy.Mode = .enforce,
        limits: Limits = Limits(), cacheSeconds: Double = 30, cacheEntries: Int = 256, refusesUnrecorded: Bool = true,
        credentials: [String: CredentialState.Readiness] = [:]
    ) {
        upstream = IdleUpstream(states: credentials)
        broker = Broker(
            setup: .scene(
                profiles: profiles, policy: Policy(mode: mode, grants: grants, denies: denies), limits: limits,
                cacheSeconds: cacheSeconds, cacheEntries: cacheEntries, refusesUnrecorded: refusesUnrecorded,
                upstream: upstream), audit: audit, host: host, at: .at(0), clock: { [stopwatch] in stopwatch.look() })
    }

    /// Nanoseconds that the work of turns has taken, and takes more with each look.
    final class Stopwatch {
        var time: Int64 = 0
        var step: Int64 = 0

        func look() -> Int64 {
            defer { time += step }
            return time
        }
    }

    /// Asks, and returns the reply if there is one at once.
    func ask(
        _ call: Call = .getMacieSession(SessionQuery()), id: RequestID = .integer(1), as peer: Peer = .alice,
        connection: UInt64 = 1, inFlight: Int = 0, at now: Moment = .at(0)
    ) throws -> (reaction: Broker.Reaction, reply: JSONValue?) {
        var out: [UInt8] = []
        let caller = broker.caller(peer, connection: connection, at: now)
        caller.inFlight = inFlight
        let reaction = broker.ask(Request(id: id, call: call), from: caller, at: now, replyTo: &out)
        #expect(out.isEmpty == (reaction != .answered))
        return (reaction, out.isEmpty ? nil : try oneLine(out))
    }

    /// The flight of the usual question lands.
    func land(
        _ outcome: FlightOutcome = .enabled, of key: SessionKey = .audit, at now: Moment = .at(0)
    ) throws -> [(connection: UInt64, reply: JSONValue)] {
        try told(broker.land(key, with: outcome, at: now))
    }

    func told(_ deliveries: [Broker.Delivery]) throws -> [(connection: UInt64, reply: JSONValue)] {
        try deliveries.map { ($0.connection, try oneLine($0.line)) }
    }

    func status(as peer: Peer = .alice, at now: Moment = .at(0)) throws -> JSONValue {
        try #require(try ask(.status, as: peer, at: now).reply?["result"])
    }
}

/// The one line that `bytes` are.
func oneLine(_ bytes: [UInt8]) throws -> JSONValue {
    #expect(bytes.filter { $0 == UInt8(ascii: "\n") }.count == 1)
    #expect(bytes.last == UInt8(ascii: "\n"))
    return try JSONValue(parsing: bytes)
}

func lines(_ bytes: [UInt8]) throws -> [JSONValue] {
    try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
}

extension JSONValue {
    /// `ok`, or the type of the error.
    var outcome: String? { self["result"] != nil ? "ok" : self["error"]?["data"]?["type"]?.string }
}

extension BrokerSetup {
    static func scene(
        profiles: [Profile] = [.audit], policy: Policy, limits: Limits = Limits(), cacheSeconds: Double = 30,
        cacheEntries: Int = 256, refusesUnrecorded: Bool = true, upstream: IdleUpstream = IdleUpstream()
    ) -> BrokerSetup {
        BrokerSetup(
            identity: .init(version: "1.2.3", socketPath: "/run/b.sock", processID: 812, started: .at(0)),
            profiles: Profiles(profiles), policy: policy, policyFile: "/etc/broker.yaml",
            policySHA256: String(repeating: "a", count: 64), policySource: "/etc/broker.yaml", limits: limits,
            cacheSeconds: cacheSeconds, cacheEntries: cacheEntries, refusesUnrecorded: refusesUnrecorded,
            auditFile: "/var/log/audit.jsonl", recordsProcesses: false, loaded: .at(0),
            upstream: upstream)
    }
}

extension Broker {
    func caller(_ peer: Peer, connection: UInt64, door: Door = .people, at now: Moment) -> Caller {
        caller(peer, process: { nil }, connection: connection, door: door, at: now)
    }
}

/// Keeps what it is told.
final class ScriptedAudit: AuditSink {
    private(set) var records: [DecisionRecord] = []
    private(set) var events: [AuditEvent] = []
    private(set) var commits = 0
    private(set) var rotations = 0
    /// Whether the next commits succeed.
    var takes = true
    var isAvailable = true
    /// Whether the next recovery succeeds.
    var recovers = false

    var unavailableReason: String? { isAvailable ? nil : "the test says so" }
    var head: AuditHead { .start }

    func record(_ record: borrowing DecisionRecord) { records.append(copy record) }
    func record(_ event: borrowing AuditEvent) { events.append(copy event) }
    func commit() -> Bool {
        commits += 1
        return takes
    }
    func recover() { isAvailable = isAvailable || recovers }
    func rotate() { rotations += 1 }
}

/// The process around the broker, as far as tests need it.
final class ScriptedHost: BrokerHost {
    let administrators = Administrators(uid: 4_000_000_000, group: 4_000_000_700)
    let processesHeldAtMost = 4
    private let state = Mutex<(level: LogLevel, next: Result<ReloadedSetup, ConfigurationProblem>)>(
        (.info, .failure(ConfigurationProblem("no configuration"))))
    private let notices = Mutex<[OperatorNotice]>([])

    var logLevel: LogLevel {
        get { state.withLock(\.level) }
        set { state.withLock { $0.level = newValue } }
    }

    func reload() async -> Result<ReloadedSetup, ConfigurationProblem> { state.withLock(\.next) }

    /// What the operator has been told.
    var told: [OperatorNotice] { notices.withLock { $0 } }

    func tell(_ notice: OperatorNotice) { notices.withLock { $0.append(notice) } }

    /// What the next reload finds.
    func prepare(_ next: Result<ReloadedSetup, ConfigurationProblem>) { state.withLock { $0.next = next } }
}

/// Never asked for a session: tests land flights themselves.
struct IdleUpstream: Upstream {
    var states: [String: CredentialState.Readiness] = [:]
    let locks = LockNotes()
    let vault = ScriptedCredentials()

    func fetch(_ key: SessionKey) async -> FlightOutcome { .failure(.impossible) }

    func setLocked(_ isLocked: Bool) { locks.add(isLocked) }

    var hasStartedProcesses: Bool { false }
    func lookAfter() {}
    func credentials() -> [CredentialEntry] { vault.entries }
    func give(_ keys: GivenKeys, at now: Timestamp) -> Result<CredentialEntry, Failure> { vault.give(keys, at: now) }
    func removeCredentials(of profile: ProfileName) -> Int? { vault.remove(profile) }
    func dropCredentials() -> Int { vault.drop() }

    func credentialState(of profile: ProfileName) -> CredentialState {
        CredentialState(source: "environment", readiness: states[profile.name] ?? .untried)
    }
}

extension RecordedDecision {
    var isDenied: Bool { if case .deny = self { true } else { false } }
}

extension Timestamp {
    /// Seconds after the scene begins.
    static func at(_ seconds: Double) -> Timestamp { Timestamp(seconds: 1_772_352_000).adding(seconds: seconds) }
}

extension Moment {
    /// Seconds after the scene begins, by both clocks.
    static func at(_ seconds: Double) -> Moment {
        Moment(
            wall: .at(seconds),
            uptimeNanoseconds: 1_000_000_000_000 + Int64(seconds * 1e9))
    }
}

/// Numbers that no host has a name for.
extension Peer {
    static let alice = Peer(uid: 4_000_000_001, gid: 4_000_000_100, pid: 42)
    static let mallory = Peer(uid: 4_000_000_666, gid: 4_000_000_600, pid: 66)
}

extension Rule {
    /// All that is configured, for alice.
    static let alice = grant("alice reads", to: .user(Peer.alice.uid))

    static func grant(
        _ name: String, to who: Who, actions: [String] = ["macie2:*"], profiles: [String]? = nil,
        regions: [String]? = nil
    ) -> Rule {
        Rule(
            name: name, origin: nil, who: [who], actions: actions.map { NamePattern($0) },
            profiles: profiles?.map { NamePattern($0) }, regions: regions?.map { NamePattern($0) })
    }
}

extension ProfileName {
    static func named(_ name: String) -> ProfileName { known(ProfileName(name)) }
}

extension Region {
    static let virginia = known(Region("us-east-1"))
    static let ireland = known(Region("eu-west-1"))
}

/// For names that the test itself writes.
private func known<Name>(_ name: Name?) -> Name {
    guard let name else { preconditionFailure("a name in a test is none") }
    return name
}

extension Profile {
    static let audit = Profile(name: .named("audit"), region: .virginia)
}

extension SessionKey {
    static let audit = SessionKey(profile: .named("audit"), region: .virginia, action: "macie2:GetMacieSession")
}

extension FlightOutcome {
    static let enabled = FlightOutcome.session(MacieSession(status: "ENABLED"), requestID: "r-1", attempts: 1)
    static let throttled = FlightOutcome.failure(
        .call(
            AWSCallFailure(
                cause: .service(ServiceError(code: "ThrottlingException", message: "slow down", httpStatus: 429)),
                attempts: 3)))
}
