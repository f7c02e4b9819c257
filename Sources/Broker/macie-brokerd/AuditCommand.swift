internal import ArgumentParser
internal import BrokerAudit
internal import Glibc

/// `macie-brokerd audit`: what can be done with audit files, without a broker.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verifies, shows and learns from audit files.",
        discussion: "No broker is asked, and none need run. Whoever can read the files can do this.",
        subcommands: [AuditVerifyCommand.self, AuditTailCommand.self, AuditSuggestCommand.self])
}

/// `macie-brokerd audit verify`
struct AuditVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Says whether audit files are as the broker wrote them, and what is wrong where they are not.",
        discussion: """
            Give all files of one audit together, in any order: the chain goes on from one to the next.
            Exit status: 0 intact, 64 usage, 65 something is wrong, 66 a file cannot be read.
            """)

    @Option(
        help: ArgumentHelp(
            "A last record that status showed: finds what was cut off behind it, or written anew before it.",
            valueName: "seq:sha256"))
    var head: AuditHead?

    @Argument(help: "The files.", completion: .file())
    var files: [String]

    func run() throws {
        let summary = try readingAudit {
            () throws(AuditFailure) in
            try AuditVerifier.verify(files, head: head) { finding in
                StandardStream.write("\(finding)\n", to: STDOUT_FILENO)
            }
        }
        StandardStream.write(AuditSummaryText(summary).text, to: STDOUT_FILENO)
        guard summary.isIntact else { throw ExitCode(EX_DATAERR) }
    }
}

/// `macie-brokerd audit tail`
struct AuditTailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Prints the last records of an audit file for people.",
        discussion: "Exit status: 0, 64 usage, 66 the file cannot be read.")

    /// Between two looks for what is new, in microseconds.
    private static let pause: useconds_t = 200_000

    @Flag(name: .shortAndLong, help: "Go on with what is written from now on, in a new file too.")
    var follow = false

    @Option(name: .shortAndLong, help: ArgumentHelp("How many records; at most 1,000,000.", valueName: "count"))
    var lines = 10

    @Argument(help: "The file.", completion: .file())
    var file: String

    func validate() throws {
        guard (0...1_000_000).contains(lines) else { throw ValidationError("--lines must be 0 to 1000000.") }
    }

    func run() throws {
        try readingAudit {
            () throws(AuditFailure) in
            let follower = try AuditFollower(file)
            var goesOn = true
            for line in try follower.last(lines, keepsTheRest: follow) where goesOn { goesOn = print(line) }
            while follow && goesOn {
                usleep(Self.pause)
                try follower.new { line in
                    if goesOn { goesOn = print(line) }
                }
            }
        }
    }

    /// Returns false when nobody reads any more.
    private func print(_ line: [UInt8]) -> Bool {
        StandardStream.write(AuditTail.text(of: line), to: STDOUT_FILENO)
    }
}

/// `macie-brokerd audit suggest`
struct AuditSuggestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suggest",
        abstract: "Prints the smallest grants that cover what audit files saw let through.",
        discussion: """
            YAML for a configuration: exactly the users, actions, profiles and regions of the requests that were
            allowed, or that mode observe would have denied. Read it before you use it: it grants what was done,
            which need not be what should be.
            Exit status: 0, 64 usage, 66 a file cannot be read.
            """)

    @Argument(help: "The files.", completion: .file())
    var files: [String]

    func run() throws {
        var findings = 0
        let suggestion = try readingAudit {
            () throws(AuditFailure) in try AuditSuggestion(from: files) { _ in findings += 1 }
        }
        if findings > 0 {
            StandardError.write(
                "macie-brokerd: these files are not as the broker wrote them (\(findings) findings): "
                    + "see macie-brokerd audit verify\n")
        }
        StandardStream.write(suggestion.yaml, to: STDOUT_FILENO)
    }
}

/// What `verify` says at the end.
struct AuditSummaryText {
    let text: String

    init(_ summary: AuditSummary) {
        var lines: [String] = []
        if let first = summary.first, let head = summary.head {
            lines.append("\(summary.records) records, from \(first) to \(head.sequence)")
            if first > 1 { lines.append("records before \(first) are in other files") }
        } else {
            lines.append("no records")
        }
        if summary.tornAccountedFor > 0 {
            lines.append("\(summary.tornAccountedFor) torn lines, as the records after them say")
        }
        if let head = summary.head { lines.append("head \(head)") }
        lines.append(summary.isIntact ? "intact" : "NOT INTACT: \(summary.findings) findings")
        text = lines.joined(separator: "\n") + "\n"
    }
}

extension AuditHead: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// Does something with audit files; what cannot be read is an exit status.
private func readingAudit<Result>(_ body: () throws(AuditFailure) -> Result) throws -> Result {
    do throws(AuditFailure) {
        return try body()
    } catch {
        StandardError.write("macie-brokerd: \(error.description)\n")
        throw ExitCode(EX_NOINPUT)
    }
}
