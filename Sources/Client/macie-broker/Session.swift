internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker session`: the Macie session.
struct Session: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the Macie session of an account and region.",
        discussion: "With --output json it prints {\"session\":…,\"provenance\":…}: AWS's members, and their source.")

    @OptionGroup var request: RequestOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var broker: BrokerOptions

    func run() {
        var arguments = SessionArguments()
        arguments.profile = request.profile
        arguments.region = request.region
        arguments.maxAgeSeconds = request.maxAge
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
