internal import ArgumentParser
internal import MacieBrokerClient

/// What a request says beside its action.
struct RequestOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The broker's profile to ask with; without it, default or the only one.", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("The AWS region; without it, the profile's own.", valueName: "name"))
    var region: String?

    @Option(
        help: ArgumentHelp(
            "How old the answer may be, in seconds; 0 asks AWS now. Without it, the broker decides.",
            valueName: "seconds"))
    var maxAge: Int?

    func validate() throws {
        guard maxAge.map({ SessionArguments.maxAgeRange.contains(Int64($0)) }) ?? true else {
            throw ValidationError("--max-age takes seconds from 0 to 86400.")
        }
    }
}

/// The action that is asked about.
struct ActionArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The AWS action, such as macie2:GetMacieSession.", valueName: "action"))
    var name: String

    func validate() throws {
        guard BrokerClient.isAction(name) else {
            throw ValidationError("An action is written like macie2:GetMacieSession, without wildcards.")
        }
    }
}
