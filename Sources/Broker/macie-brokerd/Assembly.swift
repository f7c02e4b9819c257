internal import AWSCredentials
internal import AWSRuntime
internal import AWSSigning
internal import BrokerCore
internal import BrokerServer
internal import BrokerWire
internal import Glibc
internal import HTTPTransport
internal import Logging
internal import Timestamps

/// Makes of a plan what the broker decides and fetches by, at the start and at every reload. What lives as long as the
/// process is in here and is the same for all of them: the credentials too.
struct Assembly: Sendable {
    /// The plan that the process was started with.
    let first: Plan
    let identity: BrokerSetup.Identity
    /// Connections that there are descriptors for.
    let connectionsAtMost: Int
    private let transports: Transports
    private let keyring = SigningKeyring()
    private let gate = SigningGate()
    private let skew = ClockSkew()
    private let store: CredentialStore
    private let log: CredentialLog
    private let logger: Logger

    init(
        _ first: Plan, identity: BrokerSetup.Identity, connectionsAtMost: Int, transports: Transports, logger: Logger
    ) {
        self.first = first
        self.identity = identity
        self.connectionsAtMost = connectionsAtMost
        self.transports = transports
        self.logger = logger
        let log = CredentialLog(logger)
        self.log = log
        store = CredentialStore(environment: ProcessEnvironment.start.keys, clock: Self.clock(skew)) { profile, news in
            log.tell(news, of: profile)
        }
    }

    func upstream(for plan: Plan) -> MacieUpstream {
        let surroundings = CredentialRecipe.Surroundings(
            start: ProcessEnvironment.start, client: client(for: plan, over: transports.credentials),
            clock: Self.clock(skew), http: plan.configuration.http, warn: { [log] in log.warn($0) })
        store.stock(plan.recipes.map { $0.supply(in: surroundings) })
        return MacieUpstream(
            client: client(for: plan, over: transports.answers), gate: gate, keyring: keyring, store: store,
            routes: plan.routes
        ) { [logger] detail in
            logger.error("internal error", metadata: ["detail": "\(detail)"])
        }
    }

    private func client(for plan: Plan, over transport: HTTPTransport) -> AWSClient {
        AWSClient(
            exchange: transport, keyring: keyring, skew: skew,
            policy: RetryPolicy(maximumAttempts: plan.configuration.http.maximumAttempts),
            timeouts: plan.configuration.http.timeouts, userAgent: Product.userAgent, gate: gate)
    }

    private static func clock(_ skew: ClockSkew) -> CredentialClock {
        CredentialClock(awsTime: { skew.corrected(.now()) })
    }

    func setup(for plan: Plan, upstream: MacieUpstream) -> BrokerSetup {
        let configuration = plan.configuration
        var limits = configuration.limits
        limits.connections = min(limits.connections, connectionsAtMost)
        return BrokerSetup(
            identity: identity, profiles: plan.profiles, policy: plan.policy, policyFile: plan.file,
            policySHA256: plan.fileSHA256, policySource: plan.policySource, limits: limits,
            cacheSeconds: configuration.cacheSeconds, cacheEntries: configuration.cacheEntries,
            // Without a file records are a log, which serves whom it reaches.
            refusesUnrecorded: configuration.audit.refusesWhenUnavailable && first.configuration.audit.file != nil,
            auditFile: first.configuration.audit.file, recordsProcesses: configuration.audit.recordsProcesses,
            loaded: .now(), upstream: upstream)
    }
}

extension Configuration.HTTP {
    var timeouts: ExchangeTimeouts {
        ExchangeTimeouts(
            connect: .seconds(connectSeconds), attempt: .seconds(attemptSeconds), whole: .seconds(requestSeconds))
    }
}

extension Plan {
    /// The keys that say something else than in `first`, which the process was started with, and count from the next start
    /// on only.
    func needsRestart(after first: Plan) -> [String] {
        let (new, old) = (configuration, first.configuration)
        return [
            ("socket", socket != first.socket), ("socketMode", access.mode != first.access.mode),
            ("socketGroup", access.group != first.access.group), ("admin", new.admin != old.admin),
            ("audit.enabled", new.audit.isEnabled != old.audit.isEnabled),
            ("audit.file", new.audit.file != old.audit.file),
            ("audit.rotateBytes", new.audit.rotateBytes != old.audit.rotateBytes),
            ("shutdownSeconds", new.shutdownSeconds != old.shutdownSeconds),
            ("requireLockedMemory", new.requireLockedMemory != old.requireLockedMemory),
            ("http.caBundle", new.http.caBundle != old.http.caBundle),
        ].filter(\.1).map(\.0)
    }
}
