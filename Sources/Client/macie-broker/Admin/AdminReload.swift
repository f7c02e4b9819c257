internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin reload`: has the configuration read anew.
struct AdminReload: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have the broker read its configuration anew.",
        discussion: """
            All or nothing: what is wrong in it is told with file, line and column, and the old one stays in force.
            """)

    @OptionGroup var admin: AdminOptions

    func run() {
        admin.end { client, text, _ throws(ClientFailure) in
            let answer = try client.reload()
            return Asking.Answer(text: admin.isJSON ? answer.json + "\n" : text.text(of: answer))
        }
    }
}
