internal import ArgumentParser

/// What takes a passphrase that was given as an argument by mistake, so that no message repeats it.
struct PassphraseOptions: ParsableArguments {
    @Argument(help: .hidden)
    var words: [String] = []

    @Option(help: .hidden)
    var passphrase: String?

    func validate() throws {
        guard words.isEmpty, passphrase == nil else {
            throw ValidationError("A passphrase is no argument, where others could see it: it is asked for.")
        }
    }
}
