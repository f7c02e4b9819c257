internal import ArgumentParser
internal import BrokerServer
internal import BrokerWire
internal import Glibc

/// `macie-brokerd`: what can be said on its command line.
struct Brokerd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "macie-brokerd",
        abstract: "Holds AWS credentials and answers local programs that ask for the Amazon Macie session.",
        discussion: """
            Without --config it reads /etc/macie-broker/broker.yaml as root, else
            $XDG_CONFIG_HOME/macie-broker/broker.yaml, if there is one. Without any configuration only the user
            who runs it may ask, with the credentials that the AWS tools would find.

            SIGTERM and SIGINT stop it once everything in flight is answered; a second one at once.
            Exit status: 0 stopped, 64 usage, 69 another broker serves the socket, 78 configuration.
            """,
        version: Product.version, subcommands: [AuditCommand.self])

    @Option(help: ArgumentHelp("The configuration, YAML.", valueName: "file"), completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(
        help: ArgumentHelp("Where clients connect; wins over the configuration.", valueName: "path"),
        completion: .file())
    var socket: String?

    @Flag(help: "Print what would run, and exit: 0 when it would, 78 when the configuration is wrong.")
    var check = false

    @Option(help: ArgumentHelp("\(LogLevelName.list).", valueName: "level"), completion: .list(LogLevelName.all))
    var logLevel: String?

    func validate() throws {
        if let logLevel, !LogLevelName.all.contains(logLevel) {
            throw ValidationError("--log-level must be one of \(LogLevelName.list).")
        }
    }

    func run() async throws {
        do {
            let plan = try Plan(self, environment: ProcessEnvironment.read())
            if check {
                StandardStream.write(await plan.description(), to: STDOUT_FILENO)
                return
            }
            try await plan.run()
        } catch let failure as ConfigurationFailure {
            throw Self.exit(EX_CONFIG, failure.description)
        } catch let failure as SocketFailure {
            if case .held = failure { throw Self.exit(EX_UNAVAILABLE, failure.description) }
            throw Self.exit(EX_CONFIG, failure.description)
        }
    }

    private static func exit(_ status: CInt, _ reason: String) -> ExitCode {
        StandardError.write("macie-brokerd: \(reason)\n")
        return ExitCode(status)
    }
}

/// The environment of this process, as a dictionary.
enum ProcessEnvironment {
    static func read() -> [String: String] {
        var values: [String: String] = [:]
        // SAFETY: environ(7) ends with a null pointer; nobody changes it while this single start-up thread reads.
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
            unsafe entry += 1
        }
        return values
    }
}
