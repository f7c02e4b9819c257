internal import ArgumentParser
internal import BrokerAudit
internal import BrokerServer
internal import BrokerWire
internal import Glibc

/// `macie-brokerd`, or `macie-brokerd serve`: the broker itself.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve, which is what macie-brokerd does when nothing else is said.")

    @Option(help: ArgumentHelp("The configuration, YAML.", valueName: "file"), completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(
        help: ArgumentHelp("Where clients connect; wins over the configuration.", valueName: "path"),
        completion: .file())
    var socket: String?

    @Flag(help: "Print what would run, and exit: 0 when it would, 78 when the configuration is wrong.")
    var check = false

    @Option(help: ArgumentHelp("\(LogLevel.list).", valueName: "level"), completion: .list(LogLevel.names))
    var logLevel: String?

    func validate() throws {
        if let logLevel, !LogLevel.names.contains(logLevel) {
            throw ValidationError("--log-level must be one of \(LogLevel.list).")
        }
    }

    func run() async throws {
        do {
            let plan = try Plan(self, environment: ProcessEnvironment.variables)
            if check {
                StandardStream.write(try await plan.description(), to: STDOUT_FILENO)
                return
            }
            try await plan.run(self)
        } catch let failure as ConfigurationFailure {
            throw ExitCode.saying(EX_CONFIG, failure.description)
        } catch let failure as AuditFailure {
            throw ExitCode.saying(EX_CONFIG, "audit: \(failure)")
        } catch let failure as SocketFailure {
            if case .held = failure { throw ExitCode.saying(EX_UNAVAILABLE, failure.description) }
            throw ExitCode.saying(EX_CONFIG, failure.description)
        }
    }
}
