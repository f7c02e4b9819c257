internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin explain`: would the policy allow somebody's request.
struct AdminExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show whether the policy allows somebody an AWS action, and by which rule.",
        discussion: """
            Nothing is carried out. Ends with 0 when it is allowed, with 77 when it is not.
            """)

    @OptionGroup var action: ActionArgument
    @OptionGroup var request: RequestOptions
    @OptionGroup var subject: SubjectOptions
    @OptionGroup var admin: AdminOptions

    func validate() throws {
        guard subject.user != nil else { throw ValidationError("Say whose request it would be: --user NAME.") }
    }

    func run() {
        var question = AdminExplainQuestion(user: subject.user ?? "", action: action.name)
        question.groups = subject.groups.isEmpty ? nil : subject.groups
        question.profile = request.profile
        question.region = request.region
        question.maxAgeSeconds = request.maxAge
        question.executable = subject.executable
        question.unit = subject.unit
        admin.end { [question] client, _, ink throws(ClientFailure) in
            let answer = try client.explain(question)
            return Asking.Answer(
                text: admin.isJSON ? answer.json + "\n" : AdminExplainText(answer, ink: ink).text,
                status: answer.isAllowed ? .success : .refusedByPolicy)
        }
    }
}
