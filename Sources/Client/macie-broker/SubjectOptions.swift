internal import ArgumentParser

/// Whose request it would be.
struct SubjectOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Whose request it would be: a name or a uid.", valueName: "name"))
    var user: String?

    @Option(
        name: .customLong("group"),
        help: ArgumentHelp("In which groups, instead of those that the user has: names or gids.", valueName: "name"))
    var groups: [String] = []

    @Option(help: ArgumentHelp("The program that would ask.", valueName: "path"), completion: .file())
    var executable: String?

    @Option(help: ArgumentHelp("The systemd unit that would ask.", valueName: "name"))
    var unit: String?

    var isEmpty: Bool { user == nil && groups.isEmpty && executable == nil && unit == nil }
}
