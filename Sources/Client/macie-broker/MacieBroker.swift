internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker`: the command that has all others.
struct MacieBroker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "macie-broker",
        abstract: "Ask the local macie-broker for the Amazon Macie session, without any AWS key.",
        discussion: """
            The broker is looked for in this order: MACIE_BROKER_FD (the number of an inherited, connected socket), \
            MACIE_BROKER_SOCKET (a path), $XDG_RUNTIME_DIR/macie-broker/broker.sock if it exists, \
            \(SocketLocator.systemPath). The administrator's socket: MACIE_BROKER_ADMIN_SOCKET, else that path with \
            \(SocketLocator.adminSuffix) after it.

            Exit status: 0 done; 1 AWS refused; 64 wrong usage; 69 no broker; 70 another failure; 75 worth trying \
            again; 77 the broker's policy refused, or would.
            """,
        version: BrokerClient.version,
        subcommands: [
            Session.self, WhoAmI.self, Explain.self, Status.self, Call.self, Audit.self, Admin.self, Completions.self,
        ])
}
