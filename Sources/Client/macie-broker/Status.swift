internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker status`: how the broker is.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how the broker is: its profiles, connections, cache and calls to AWS.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var broker: BrokerOptions

    func run() {
        Asking.end(socket: broker.socket, timeoutSeconds: broker.timeout) { broker, ink throws(ClientFailure) in
            let status = try broker.status()
            return output.output == .json ? status.json + "\n" : StatusText(status, now: .now(), ink: ink).text
        }
    }
}
