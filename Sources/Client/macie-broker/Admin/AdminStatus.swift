internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin status`: how the broker is, all of it.
struct AdminStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how the broker is: policy, audit, limits, and every profile.")

    @OptionGroup var admin: AdminOptions

    func run() {
        admin.end { client, text, _ throws(ClientFailure) in
            let answer = try client.status()
            return Asking.Answer(text: admin.isJSON ? answer.json + "\n" : text.text(of: answer))
        }
    }
}
