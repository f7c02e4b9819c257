internal import ArgumentParser
internal import BrokerWire

/// `macie-brokerd`: what can be said on its command line. Without a subcommand it serves.
struct Brokerd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "macie-brokerd",
        abstract: "Holds AWS credentials and answers local programs that ask for the Amazon Macie session.",
        usage: """
            macie-brokerd [--config <file>] [--socket <path>] [--check] [--log-level <level>]
            macie-brokerd <subcommand> …
            """,
        discussion: """
            Without --config it reads /etc/macie-broker/broker.yaml as root, else \
            $XDG_CONFIG_HOME/macie-broker/broker.yaml, if there is one. Without any configuration only the user who runs \
            it may ask, with the credentials that the AWS tools would find. --check prints what would run.

            SIGTERM and SIGINT stop it once everything in flight is answered; a second one at once. SIGHUP reads the \
            configuration again and begins a new audit file; SIGUSR1 wipes every credential. Exit status: 0 stopped, 64 usage, 69 another broker serves \
            the socket, 78 configuration. See 'macie-brokerd help serve' for the options.
            """,
        version: Product.version,
        subcommands: [Serve.self, Explain.self, AuditCommand.self],
        defaultSubcommand: Serve.self)
}

extension ExitCode {
    /// Says why on standard error, and is the status to end with.
    static func saying(_ status: Int32, _ reason: String) -> ExitCode {
        StandardError.write("macie-brokerd: \(reason)\n")
        return ExitCode(status)
    }
}
