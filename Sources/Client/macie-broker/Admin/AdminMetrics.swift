internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin metrics`: the counters, for a collector.
struct AdminMetrics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Print the broker's counters as OpenMetrics text.")

    @OptionGroup var admin: AdminOptions

    func run() {
        admin.end { client, _, _ throws(ClientFailure) in
            let answer = try client.metrics()
            return Asking.Answer(text: admin.isJSON ? answer.json + "\n" : answer.printable)
        }
    }
}
