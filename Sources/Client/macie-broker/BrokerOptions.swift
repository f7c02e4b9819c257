internal import ArgumentParser
internal import MacieBrokerClient

/// Which broker, and how long to wait for it: on every command that asks.
struct BrokerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The broker's socket, wherever else one may be.", valueName: "path"), completion: .file())
    var socket: String?

    @Option(help: ArgumentHelp("How long to wait for the answer, in seconds.", valueName: "seconds"))
    var timeout: Double = BrokerClient.usualTimeoutSeconds

    func validate() throws { try Self.check(timeout) }

    static func check(_ timeout: Double) throws {
        guard SessionArguments.timeoutRange.contains(timeout) else {
            throw ValidationError("--timeout takes seconds: more than 0, and at most a day (86400).")
        }
    }
}

/// For people, or for programs.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// How to print: on the commands that know both ways.
struct OutputOptions: ParsableArguments {
    @Option(help: "How to print: text for people, json for programs (the result alone, on one line).")
    var output: OutputFormat = .text
}
