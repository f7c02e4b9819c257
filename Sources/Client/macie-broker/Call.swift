internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker call`: any method, for programs and the curious.
struct Call: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Call one of the broker's methods, and print its result as JSON on one line.",
        discussion: "`macie-broker call rpc.discover` lists the methods and their parameters.")

    @Argument(
        help: "The method, such as macie2.GetMacieSession.",
        completion: .list(BrokerClient.methodNames))
    var method: String

    @Argument(help: ArgumentHelp("The parameters, a JSON object.", valueName: "json"))
    var parameters: String?

    @OptionGroup var broker: BrokerOptions

    func run() {
        Asking.end(socket: broker.socket, timeoutSeconds: broker.timeout) { broker, _ throws(ClientFailure) in
            try broker.call(method, parameters: parameters) + "\n"
        }
    }
}
