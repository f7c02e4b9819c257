internal import AWSRuntime
internal import AWSSigning
internal import BrokerCore
internal import BrokerServer
internal import BrokerWire
internal import Glibc
internal import HTTPTransport
internal import Logging

/// Makes of a plan what the broker decides and fetches by, at the start and at every reload. What lives as long as the
/// process is in here and is the same for all of them.
struct Assembly: Sendable {
    /// The plan that the process was started with.
    let first: Plan
    let identity: BrokerSetup.Identity
    /// Connections that there are descriptors for.
    let connectionsAtMost: Int
    private let transport: HTTPTransport
    private let keyring = SigningKeyring()
    private let gate = SigningGate()
    private let logger: Logger

    init(
        _ first: Plan, identity: BrokerSetup.Identity, connectionsAtMost: Int, transport: HTTPTransport, logger: Logger
    ) {
        self.first = first
        self.identity = identity
        self.connectionsAtMost = connectionsAtMost
        self.transport = transport
        self.logger = logger
    }

    func upstream(for plan: Plan) -> MacieUpstream {
        let http = plan.configuration.http
        let client = AWSClient(
            exchange: transport, keyring: keyring, policy: RetryPolicy(maximumAttempts: http.maximumAttempts),
            timeouts: ExchangeTimeouts(
                connect: .seconds(http.connectSeconds), attempt: .seconds(http.attemptSeconds),
                whole: .seconds(http.requestSeconds)),
            userAgent: "macie-broker/\(Product.version)", gate: gate)
        return MacieUpstream(client: client, gate: gate, routes: plan.routes) { [logger] detail in
            logger.error("internal error", metadata: ["detail": "\(detail)"])
        }
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
            ("http.caBundle", new.http.caBundle != old.http.caBundle),
        ].filter(\.1).map(\.0)
    }
}
