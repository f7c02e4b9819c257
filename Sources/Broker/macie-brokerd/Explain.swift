internal import ArgumentParser
internal import BrokerAccess
internal import Glibc
internal import Timestamps

/// `macie-brokerd explain`: what a configuration decides about anybody's request, without a broker.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what a configuration decides about a request, by which rule, or what it lacks.",
        discussion: """
            Reads the configuration as the broker would, and asks it; no broker need run, and nothing is asked of AWS.
            What --executable and --unit do not tell counts as not known, as for a process that has ended.

            Exit status: 0 allowed, 77 denied (in mode observe too), 64 usage, 78 configuration.
            """)

    @Option(help: ArgumentHelp("The configuration, YAML.", valueName: "file"), completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(help: ArgumentHelp("Who asks, by name or number.", valueName: "user"))
    var user: String

    @Option(
        help: ArgumentHelp(
            "A group of theirs, by name or number; again for more. Default: those that this host knows.",
            valueName: "group"))
    var group: [String] = []

    @Option(help: ArgumentHelp("The path of the program that asks.", valueName: "path"), completion: .file())
    var executable: String?

    @Option(help: ArgumentHelp("The system unit it runs in; empty for none.", valueName: "unit"))
    var unit: String?

    @Option(help: ArgumentHelp("The profile. Default: the one of a request that names none.", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("The region. Default: the profile's.", valueName: "name"))
    var region: String?

    @Option(help: ArgumentHelp("Seconds the answer may be old, 0 to 86400.", valueName: "seconds"))
    var maxAge: Int?

    @Option(help: ArgumentHelp("When, such as 2026-12-31T23:59:59Z. Default: now.", valueName: "instant"))
    var at: String?

    @Option(help: ArgumentHelp("text or json.", valueName: "form"))
    var output: OutputForm = .text

    @Argument(help: ArgumentHelp("An AWS action, such as macie2:GetMacieSession.", valueName: "action"))
    var action: String

    enum OutputForm: String, ExpressibleByArgument, CaseIterable { case text, json }

    func validate() throws {
        guard (1...128).contains(action.utf8.count), !action.contains("*"), action.split(separator: ":").count == 2
        else {
            throw ValidationError("ACTION is one action, such as macie2:GetMacieSession.")
        }
        if let maxAge, !(0...86_400).contains(maxAge) {
            throw ValidationError("--max-age must be a number of seconds from 0 to 86400.")
        }
        if let at, Timestamp(parsingRFC3339: at) == nil {
            throw ValidationError("--at must be an instant such as 2026-12-31T23:59:59Z.")
        }
    }

    func run() throws {
        do {
            let explanation = try Explanation(self, environment: ProcessEnvironment.variables, now: .now())
            StandardStream.write(output == .json ? explanation.json : explanation.text, to: STDOUT_FILENO)
            guard explanation.isAllowed else { throw ExitCode(EX_NOPERM) }
        } catch let failure as ConfigurationFailure {
            throw ExitCode.saying(EX_CONFIG, failure.description)
        }
    }
}
