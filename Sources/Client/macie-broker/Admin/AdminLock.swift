internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin lock`: refuses every AWS action until it is unlocked.
struct AdminLock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Have the broker refuse every AWS action until it is unlocked.",
        discussion: """
            The passphrase is asked for at the terminal, without showing it; otherwise it is the first line of the \
            standard input. It is never an argument, where others could see it.
            A broker that is restarted is not locked.
            """)

    @OptionGroup var mistakes: PassphraseOptions
    @OptionGroup var admin: AdminOptions

    func run() {
        let passphrase = Typing.passphrase(isNew: true)
        admin.end { client, text, _ throws(ClientFailure) in
            let answer = try client.lock(passphrase)
            return Asking.Answer(text: admin.isJSON ? answer.json + "\n" : text.text(of: answer))
        }
    }
}
