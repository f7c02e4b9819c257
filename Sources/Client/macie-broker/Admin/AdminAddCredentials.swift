internal import ArgumentParser
internal import Glibc
internal import MacieBrokerClient

/// `macie-broker admin credentials add`: gives a profile keys.
struct AdminAddCredentials: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Give a profile keys, which count before its own source.",
        discussion: """
            At a terminal the three values are asked for, the secret ones without showing them. Otherwise the standard \
            input, or the descriptor of --fd, is read to its end: what a credential_process prints, as \
            'aws configure export-credentials' does, or lines such as AWS_ACCESS_KEY_ID=… and aws_access_key_id = …. \
            Keys are never arguments, where others could see them.
            They count until they end, by what they say themselves or --for, until they are removed, or until the \
            broker ends; then the profile's source counts again.
            """)

    @OptionGroup var profile: ProfileArgument
    @OptionGroup var mistakes: KeyMistakes

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "How long they count, 7d at the most: 90s, 15m, 2h, 1d. It shortens what the keys say, and never lengthens it.",
            valueName: "time"))
    var lifetime: String?

    @Option(help: ArgumentHelp("Read this open descriptor instead of the standard input.", valueName: "number"))
    var fd: Int32 = STDIN_FILENO

    @OptionGroup var admin: AdminOptions

    func validate() throws {
        guard lifetime.map({ Lifetime($0) != nil }) ?? true else {
            throw ValidationError("--for takes a time such as 90s, 15m, 2h or 1d, from 1s to 7d.")
        }
        // A profile may be called so, but hardly is.
        guard !profile.name.uppercased().hasPrefix("AWS_") || !profile.name.contains("=") else {
            throw ValidationError(KeyMistakes.text)
        }
        guard fd >= 0 else { throw ValidationError("--fd takes the number of an open descriptor.") }
    }

    func run() {
        let keys = Typing.keys(for: profile.name, lifetime: lifetime.flatMap { Lifetime($0) }, from: fd)
        admin.end { client, _, ink throws(ClientFailure) in
            let answer = try client.addCredentials(keys)
            return Asking.Answer(
                text: admin.isJSON ? answer.json + "\n" : CredentialsText(now: .now(), ink: ink).text(of: answer))
        }
    }
}

/// What takes keys that were given as arguments by mistake, so that no message repeats them.
struct KeyMistakes: ParsableArguments {
    @Argument(help: .hidden)
    var words: [String] = []

    @Option(help: .hidden)
    var accessKeyId: String?

    @Option(help: .hidden)
    var secretAccessKey: String?

    @Option(help: .hidden)
    var sessionToken: String?

    func validate() throws {
        guard words.isEmpty, accessKeyId == nil, secretAccessKey == nil, sessionToken == nil else {
            throw ValidationError(Self.text)
        }
    }

    static let text = "Keys are no arguments, where others could see them: they are read, or asked for."
}
