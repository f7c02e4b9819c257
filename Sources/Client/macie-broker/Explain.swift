internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker explain`: would the policy allow it, and by which rule. Of a running broker it asks about the caller; of a
/// configuration file `macie-brokerd explain` tells about anybody.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show whether the broker's policy allows you an AWS action, and by which rule.",
        discussion: """
            Nothing is carried out. With --config FILE --user NAME it is `macie-brokerd explain` that answers, from the \
            file alone and for anybody. Ends with 0 when it is allowed, with 77 when it is not.
            """)

    @OptionGroup var action: ActionArgument
    @OptionGroup var request: RequestOptions

    @Option(help: ArgumentHelp("Ask this configuration, not a broker.", valueName: "file"), completion: .file())
    var config: String?

    @OptionGroup var subject: SubjectOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var broker: BrokerOptions

    func validate() throws {
        guard config != nil || subject.isEmpty else {
            throw ValidationError(
                "--user, --group, --executable and --unit need --config FILE; a running broker tells its administrator: "
                    + "`macie-broker admin explain`.")
        }
    }

    func run() {
        if config != nil { Brokerd.takeOver(ProgramWords.arguments) }
        Asking.end { ink throws(ClientFailure) in
            let answer = try Asking.broker(at: broker.socket, timeoutSeconds: broker.timeout)
                .explain(action.name, profile: request.profile, region: request.region, maxAgeSeconds: request.maxAge)
            return Asking.Answer(
                text: output.output == .json ? answer.json + "\n" : ExplainText(answer, ink: ink).text,
                status: answer.isAllowed ? .success : .refusedByPolicy)
        }
    }
}
