import ArgumentParser
import Glibc
import MacieSimulator

/// `macie-simulator`: a Macie endpoint on loopback for demonstrations and for tests in other processes.
@main struct MacieSimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "macie-simulator",
        abstract: "Answers GetMacieSession on loopback and truly verifies signatures.",
        discussion: """
            Prints one line, "listening http://127.0.0.1:PORT", when it is ready, and ends on SIGTERM or SIGINT. \
            A secret file holds the secret access key on its first line and, if the key has one, the session token on \
            its second.
            """)

    @Option(help: "Port on 127.0.0.1; 0 takes any that is free.")
    var port: UInt16 = 0

    @Option(name: .customLong("access-key"), help: "An access key ID that is known. May be repeated.")
    var accessKeys: [String] = []

    @Option(
        name: .customLong("secret-file"), help: "The secret of the access key in the same place; \"-\" reads stdin.")
    var secretFiles: [String] = []

    @Option(name: .customLong("region"), help: "A region that is served. May be repeated. (default: us-east-1)")
    var regions: [String] = []

    @Flag(help: "Serve /simulator/behaviour, /simulator/session and /simulator/calls on the same port.")
    var control = false

    func validate() throws {
        guard accessKeys.count == secretFiles.count, !accessKeys.isEmpty else {
            throw ValidationError("Give each --access-key its --secret-file, at least once.")
        }
        guard secretFiles.filter({ $0 == "-" }).count <= 1 else {
            throw ValidationError("Only one secret can be read from stdin.")
        }
    }

    func run() async throws {
        let signals = TerminationSignals()
        let credentials = try zip(accessKeys, secretFiles).map { try SecretFile.credential(accessKeyID: $0, path: $1) }
        let simulator = try await MacieSimulator.start(
            .init(
                credentials: credentials, regions: regions.isEmpty ? ["us-east-1"] : Set(regions), port: Int(port),
                hasControl: control))
        print("listening \(simulator.endpoint)")
        // Whoever started this may be reading from a pipe, where the line would wait for more.
        fflush(nil)
        await signals.first()
        try await simulator.stop()
    }
}
