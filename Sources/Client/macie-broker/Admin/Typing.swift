internal import MacieBrokerClient

/// What a person types and nobody is to see.
enum Typing {
    /// The passphrase, or the end of the process when there is none that will do.
    static func passphrase(isNew: Bool) -> AdminClient.Passphrase {
        do throws(PassphrasePrompt.Failure) {
            return try PassphrasePrompt().read(isNew: isNew)
        } catch {
            Asking.giveUp("\(error)", next: "Type it at the terminal, or give it as one line of input.", status: .usage)
        }
    }

    /// The keys, or the end of the process when there are none that will do.
    static func keys(
        for profile: String, lifetime: Lifetime?, from descriptor: Int32
    ) -> AdminClient.GivenKeys {
        CoreDumps.forbid()
        do throws(OfferedKeysFailure) {
            return try KeyPrompt(input: descriptor).read().given(to: profile, lifetime: lifetime?.seconds, at: .now())
        } catch {
            Asking.giveUp("\(error)", next: error.remedy, status: .usage)
        }
    }
}
