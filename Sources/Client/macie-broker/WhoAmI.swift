internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker whoami`: what the broker sees of the caller.
struct WhoAmI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Show whom the broker takes you for, and what you may do.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var broker: BrokerOptions

    func run() {
        Asking.end(socket: broker.socket, timeoutSeconds: broker.timeout) { broker, ink throws(ClientFailure) in
            let caller = try broker.whoAmI()
            return output.output == .json ? caller.json + "\n" : CallerText(caller, ink: ink).text
        }
    }
}
