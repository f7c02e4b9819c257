internal import ArgumentParser
internal import MacieBrokerClient

/// `macie-broker admin credentials`: what the broker holds, and keys that it is given while it runs.
struct AdminCredentials: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credentials", abstract: "Show the broker's credentials, give it some, or have them wiped.",
        subcommands: [
            AdminListCredentials.self, AdminAddCredentials.self, AdminRemoveCredentials.self,
            AdminDropCredentials.self,
        ])
}

/// `macie-broker admin credentials list`: what is held, until when, and how the last renewal went.
struct AdminListCredentials: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the credentials that are held, or were looked for in vain.",
        discussion: "Of a key it shows the last four characters of the id.")

    @OptionGroup var admin: AdminOptions

    func run() {
        admin.end { client, _, ink throws(ClientFailure) in
            let answer = try client.credentials()
            return Asking.Answer(
                text: admin.isJSON ? answer.json + "\n" : CredentialsText(now: .now(), ink: ink).text(of: answer))
        }
    }
}

/// `macie-broker admin credentials remove`: has those of one profile wiped.
struct AdminRemoveCredentials: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Have what is held for a profile wiped, given keys first of all.",
        discussion: "A source that still has keys gives them when it is next asked.")

    @OptionGroup var profile: ProfileArgument
    @OptionGroup var admin: AdminOptions

    func run() {
        admin.end { client, _, ink throws(ClientFailure) in
            let answer = try client.removeCredentials(of: profile.name)
            return Asking.Answer(
                text: admin.isJSON ? answer.json + "\n" : CredentialsText(now: .now(), ink: ink).text(of: answer))
        }
    }
}

/// `macie-broker admin credentials drop-all`: has everything wiped.
struct AdminDropCredentials: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop-all", abstract: "Have every credential wiped, as the signal SIGUSR1 does.",
        discussion: """
            Keys that were given, and those of the broker's environment, are gone for good; other sources give theirs \
            when they are next asked.
            """)

    @OptionGroup var admin: AdminOptions

    func run() {
        admin.end { client, _, ink throws(ClientFailure) in
            let answer = try client.dropCredentials()
            return Asking.Answer(
                text: admin.isJSON ? answer.json + "\n" : CredentialsText(now: .now(), ink: ink).text(of: answer))
        }
    }
}

/// The profile that a command is about.
struct ProfileArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("A profile of the broker's configuration.", valueName: "profile"))
    var name: String

    /// The message does not repeat it: a key may stand in its place.
    func validate() throws {
        guard AdminClient.isProfileName(name) else {
            throw ValidationError("A profile's name has 1 to 64 characters of A-Z a-z 0-9 _ . @ + = , -")
        }
    }
}
