internal import BrokerAccess
internal import BrokerCore
internal import BrokerWire
internal import Glibc
internal import Logging
internal import Synchronization

/// This process, as far as the broker's administrators reach into it: reads the configuration again, and changes what the
/// log says.
final class RunningHost: BrokerHost {
    let administrators: Administrators
    let processesHeldAtMost: Int
    private let command: Serve
    private let log: LogSwitch
    private let logger: Logger
    private let assembly: Assembly
    /// What is in force.
    private let plan: Mutex<Plan>

    init(
        _ plan: Plan, command: Serve, log: LogSwitch, assembly: Assembly, processesHeldAtMost: Int
    ) {
        administrators = Administrators(uid: geteuid(), group: plan.configuration.admin.group)
        self.processesHeldAtMost = processesHeldAtMost
        self.command = command
        self.log = log
        logger = log.makeLogger()
        self.assembly = assembly
        self.plan = Mutex(plan)
    }

    var logLevel: LogLevel {
        get { log.level }
        set { log.level = newValue }
    }

    func reload() async -> Result<ReloadedSetup, ConfigurationProblem> {
        do {
            let next = try Plan(command, environment: ProcessEnvironment.variables)
            return .success(await adopt(next))
        } catch {
            let problem = ConfigurationProblem("\(error)")
            logger.error(
                "the configuration was not reloaded; the old one stays in force",
                metadata: ["problem": "\(problem.text)"])
            return .failure(problem)
        }
    }

    func tell(_ notice: OperatorNotice) {
        switch notice {
        case .recordsFail(let reason, requestsAreRefused: true):
            logger.error("records cannot be written, so requests are refused", metadata: ["reason": "\(reason)"])
        case .recordsFail(let reason, requestsAreRefused: false):
            logger.critical(
                "records cannot be written: REQUESTS ARE ANSWERED WITHOUT A RECORD (audit.whenUnavailable: allow)",
                metadata: ["reason": "\(reason)"])
        case .recordsAreBack: logger.notice("records are written again")
        }
    }

    private func adopt(_ next: Plan) async -> ReloadedSetup {
        let last = plan.withLock { $0 }
        let upstream = assembly.upstream(for: next)
        // What is in force has been tried, as at the start.
        _ = await CredentialProbe(upstream).states(of: next.profiles.all.map(\.name))
        if next.logLevel != last.logLevel { log.level = next.logLevel }
        log.observes = next.policy.mode == .observe
        plan.withLock { $0 = next }
        let needsRestart = next.needsRestart(after: assembly.first)
        logger.notice(
            "the configuration was reloaded",
            metadata: ["needsRestart": "\(needsRestart.isEmpty ? "nothing" : needsRestart.joined(separator: ", "))"])
        return ReloadedSetup(setup: assembly.setup(for: next, upstream: upstream), needsRestart: needsRestart)
    }
}
