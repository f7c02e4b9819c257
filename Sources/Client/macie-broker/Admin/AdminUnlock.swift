internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin unlock`: ends a lock.
struct AdminUnlock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "End a lock, with the passphrase that it was locked with.",
        discussion: """
            The passphrase is asked for at the terminal, without showing it; otherwise it is the first line of the \
            standard input. It is never an argument, where others could see it.
            """)

    @OptionGroup var mistakes: PassphraseOptions
    @OptionGroup var admin: AdminOptions

    func run() {
        let passphrase = Typing.passphrase(isNew: false)
        admin.end { client, text, _ throws(ClientFailure) in
            let answer = try client.unlock(passphrase)
            return Asking.Answer(text: admin.isJSON ? answer.json + "\n" : text.text(of: answer))
        }
    }
}
