internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker session`: the Macie session.
struct Session: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the Macie session of an account and region.",
        discussion: "With --output json it prints {\"session\":…,\"provenance\":…}: AWS's members, and their source.")

    @Option(
        help: ArgumentHelp("The broker's profile to ask with; without it, default or the only one.", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("The AWS region; without it, the profile's own.", valueName: "name"))
    var region: String?

    @Option(
        help: ArgumentHelp(
            "How old the answer may be, in seconds; 0 asks AWS now. Without it, the broker decides.",
            valueName: "seconds"))
    var maxAge: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup var broker: BrokerOptions

    func validate() throws {
        guard maxAge.map({ SessionArguments.maxAgeRange.contains(Int64($0)) }) ?? true else {
            throw ValidationError("--max-age takes seconds from 0 to 86400.")
        }
    }

    func run() {
        var arguments = SessionArguments()
        arguments.profile = profile
        arguments.region = region
        arguments.maxAgeSeconds = maxAge
        arguments.isJSON = output.output == .json
        arguments.socket = broker.socket
        arguments.timeoutSeconds = broker.timeout
        Self.ask(arguments)
    }

    static func ask(_ arguments: SessionArguments) -> Never {
        Asking.end(socket: arguments.socket, timeoutSeconds: arguments.timeoutSeconds) {
            broker, ink throws(ClientFailure) in
            let answer = try broker.session(
                profile: arguments.profile, region: arguments.region, maxAgeSeconds: arguments.maxAgeSeconds)
            return arguments.isJSON ? answer.json + "\n" : SessionText(answer, now: .now(), ink: ink).text
        }
    }
}
