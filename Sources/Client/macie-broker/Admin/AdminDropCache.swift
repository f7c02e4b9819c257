internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin drop-cache`: forgets cached answers.
struct AdminDropCache: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop-cache", abstract: "Have the broker forget its cached answers.")

    @Option(help: ArgumentHelp("Only those of this profile.", valueName: "name"))
    var profile: String?

    @OptionGroup var admin: AdminOptions

    func run() {
        admin.end { client, text, _ throws(ClientFailure) in
            let answer = try client.dropCache(profile: profile)
            return Asking.Answer(text: admin.isJSON ? answer.json + "\n" : text.text(of: answer))
        }
    }
}
