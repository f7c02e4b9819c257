internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin set-log-level`: how much the log says.
struct AdminSetLogLevel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-log-level", abstract: "Have the broker's log say more or less, until it is restarted.")

    @Argument(
        help: "\(AdminClient.logLevels.joined(separator: ", ")).", completion: .list(AdminClient.logLevels))
    var level: String

    @OptionGroup var admin: AdminOptions

    func validate() throws {
        guard AdminClient.logLevels.contains(level) else {
            throw ValidationError("A level is one of \(AdminClient.logLevels.joined(separator: ", ")).")
        }
    }

    func run() {
        admin.end { client, text, _ throws(ClientFailure) in
            let answer = try client.setLogLevel(level)
            return Asking.Answer(text: admin.isJSON ? answer.json + "\n" : text.text(of: answer))
        }
    }
}
