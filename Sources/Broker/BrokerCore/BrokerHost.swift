package import BrokerWire

/// The process around the broker, as far as the administrator's door needs it.
package protocol BrokerHost: AnyObject, Sendable {
    /// Reads the configuration again. Never called twice at the same time; changes nothing itself.
    func reload() async -> Result<ReloadedSetup, ConfigurationProblem>
    var logLevel: LogLevel { get set }
    var administrators: Administrators { get }
    /// Processes of clients that there are descriptors for.
    var processesHeldAtMost: Int { get }
    /// For the operator's log.
    func tell(_ notice: OperatorNotice)
}

/// What whoever runs the broker has to know at once.
package enum OperatorNotice: Sendable, Equatable {
    /// No record can be written; requests are refused until it can, or answered without one.
    case recordsFail(reason: String, requestsAreRefused: Bool)
    case recordsAreBack
}

/// A configuration that can be put in force.
package struct ReloadedSetup: Sendable {
    package let setup: BrokerSetup
    /// Keys that have changed and count from the next start on only.
    package let needsRestart: [String]

    package init(setup: BrokerSetup, needsRestart: [String]) {
        self.setup = setup
        self.needsRestart = needsRestart
    }
}

/// Why a configuration cannot be put in force: `file:line:column: what`.
package struct ConfigurationProblem: Error, Sendable, Equatable {
    package let text: String

    package init(_ text: String) { self.text = text }
}
