import Foundation
import Testing

/// What `macie-broker` leaves to `macie-brokerd`: it becomes that program, with the same words.
@Suite struct CommandLineHandOverTests {
    private let workplace: Workplace
    /// The client and the libraries it needs, without a daemon beside it.
    private let folder: String

    init() throws {
        workplace = try Workplace()
        folder = workplace.path + "/programs"
        let copied = try ChildProcess.run("/bin/cp", ["-R", try Programs.stage().folder, folder])
        guard copied.status == 0 else { throw HarnessFailure("\(copied)") }
        try FileManager.default.removeItem(atPath: folder + "/macie-brokerd")
    }

    private var client: String { folder + "/macie-broker" }
    private static let beside = "programs/macie-brokerd"

    /// A stand-in that says who it is and what words it got, and ends with 7.
    private func putDaemon(_ name: String, at place: String) throws {
        let script = """
            #!/bin/sh
            printf '%s' '\(name)'
            for word in "$@"; do printf ' <%s>' "$word"; done
            exit 7
            """
        try put(script, at: place)
    }

    /// By install(1): a program that this process had open for writing while it forks could not be run (ETXTBSY, execve(2)).
    private func put(_ script: String, at place: String) throws {
        let text = try workplace.write("script", script)
        let put = try ChildProcess.run("/usr/bin/install", ["-m", "755", text, "\(workplace.path)/\(place)"])
        guard put.status == 0 else { throw HarnessFailure("\(put)") }
    }

    @Test(arguments: [
        ["audit", "verify", "--head", "7:abc", "a.jsonl", "b c"], ["audit", "tail", "--follow", "-n", "x"],
        ["audit", "--help"], ["audit"], ["audit", "suggest", "--", "--x"],
        ["explain", "--config", "/etc/x.yaml", "--user", "deploy", "--group", "a", "--group=b", "macie2:Get"],
        ["explain", "macie2:Get", "--config=/x", "--user=0", "--executable", "/y", "--unit", "z.service"],
    ])
    func `the daemon's program beside it gets the same words, and its status is ours`(words: [String]) throws {
        try putDaemon("beside", at: Self.beside)
        let answer = try ChildProcess.run(client, words)
        #expect(answer.out == "beside" + words.map { " <\($0)>" }.joined(), "\(answer)")
        #expect(answer.status == 7)
    }

    @Test func `without one beside it, the first on PATH does`() throws {
        let (first, second) = (try workplace.makeFolder("first"), try workplace.makeFolder("second"))
        try putDaemon("second", at: "second/macie-brokerd")
        let path = ["PATH": "relative:\(first):\(second)"]
        #expect(try ChildProcess.run(client, ["audit"], environment: path).out == "second <audit>")
        try putDaemon("first", at: "first/macie-brokerd")
        #expect(try ChildProcess.run(client, ["audit"], environment: path).out == "first <audit>")
    }

    @Test func `what lies in the working folder is not run`() throws {
        try putDaemon("here", at: "macie-brokerd")
        for path in ["", ".", ":", "::/nowhere"] {
            let answer = try ChildProcess.run(
                client, ["audit"], environment: ["PATH": path], folder: workplace.path)
            #expect(answer.status == 69, "\(answer)")
            #expect(answer.err.contains("macie-brokerd is neither beside this program nor on PATH"))
            #expect(answer.err.contains("next: "))
        }
    }

    @Test func `the daemon's program dies of a broken pipe as others do`() throws {
        try put("#!/bin/sh\ngrep SigIgn: /proc/self/status\n", at: Self.beside)
        let answer = try ChildProcess.run(client, ["audit"])
        let ignored = try #require(UInt64(answer.out.split(separator: "\t").last?.dropLast() ?? "", radix: 16))
        #expect(ignored & 1 << (13 - 1) == 0, "SIGPIPE is 13")
    }

    @Test func `whom to ask about needs a configuration, or the administrator's socket`() throws {
        for option in ["--user", "--group", "--executable", "--unit"] {
            let answer = try ChildProcess.run(client, ["explain", "macie2:GetMacieSession", option, "x"])
            #expect(answer.status == 64, "\(answer)")
            #expect(answer.err.contains("need --config FILE"))
            #expect(answer.err.contains("macie-broker admin explain"))
        }
        let nobody = try ChildProcess.run(client, ["admin", "explain", "macie2:GetMacieSession"])
        #expect(nobody.status == 64 && nobody.err.contains("--user NAME"))
        for action in ["macie2", "macie2:*", ""] {
            #expect(try ChildProcess.run(client, ["explain", action]).status == 64)
            #expect(try ChildProcess.run(client, ["admin", "explain", action, "--user", "x"]).status == 64)
        }
    }
}
