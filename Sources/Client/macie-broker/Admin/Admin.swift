internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin`: what the broker's administrator does with it while it runs.
struct Admin: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look after a running broker, over its administrator's socket.",
        discussion: """
            Root, the user that the broker runs as and the group of its configuration may. The socket is \
            MACIE_BROKER_ADMIN_SOCKET, else the broker's with \(SocketLocator.adminSuffix) after it.
            """,
        subcommands: [
            AdminStatus.self, AdminExplain.self, AdminReload.self, AdminMetrics.self, AdminDropCache.self,
            AdminCredentials.self, AdminLock.self, AdminUnlock.self, AdminSetLogLevel.self,
        ])
}

/// Which broker, how long to wait for it, and how to print: on every command of the administrator's.
struct AdminOptions: ParsableArguments {
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp("The administrator's socket, wherever else one may be.", valueName: "path"),
        completion: .file())
    var socket: String?

    @Option(help: ArgumentHelp("How long to wait for the answer, in seconds.", valueName: "seconds"))
    var timeout: Double = BrokerClient.usualTimeoutSeconds

    func validate() throws { try BrokerOptions.check(timeout) }

    var isJSON: Bool { output.output == .json }

    /// Asks, prints what `ask` makes of the answer, and ends.
    func end(with ask: (AdminClient, AdminText, Ink) throws(ClientFailure) -> Asking.Answer) -> Never {
        Asking.end { ink throws(ClientFailure) in
            let client = AdminClient(at: socket ?? SocketLocator().locateAdmin(), timeoutSeconds: timeout)
            return try ask(client, AdminText(now: .now(), ink: ink), ink)
        }
    }
}
