import Glibc
import TestSupport
import Testing

/// The passphrases of `macie-broker admin lock` and `unlock`: asked for before a broker is looked for.
@Suite struct CommandLinePassphraseTests {
    private func start(_ command: String, at terminal: PseudoTerminal) throws -> RunningProgram {
        try RunningProgram(
            Programs.stage().client, ["admin", command, "--socket", "/nowhere/broker.sock.admin"],
            descriptors: [0: terminal.programEnd, 2: terminal.programEnd])
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    func `a signal ends it, and the terminal shows again what is typed`(signal: Int32) throws {
        let terminal = try PseudoTerminal()
        let program = try start("unlock", at: terminal)
        #expect(terminal.shown(until: "Passphrase: ") == "Passphrase: ")
        #expect(!terminal.isEchoing)
        terminal.type("ses")
        program.process.signal(signal)
        #expect(program.process.waitForExit(seconds: 30) == 128 + signal)
        #expect(terminal.isEchoing)
    }

    @Test func `what is typed appears nowhere, and then the broker is looked for`() throws {
        let terminal = try PseudoTerminal()
        let program = try start("lock", at: terminal)
        var shown = terminal.shown(until: "Passphrase: ")
        terminal.type("sesame\n")
        shown += terminal.shown(until: "again: ")
        terminal.type("sesame\n")
        #expect(program.process.waitForExit(seconds: 30) == 69)
        shown += terminal.shown(until: "--socket PATH.")
        #expect(shown.contains("no broker at /nowhere/broker.sock.admin"))
        #expect(!shown.contains("sesame"))
        #expect(terminal.isEchoing)
    }

    @Test(arguments: [
        ["lock", "sesame"], ["unlock", "sesame"], ["lock", "--passphrase", "sesame"],
        ["lock", "--passphrase=sesame"],
    ])
    func `as an argument it is refused, and not repeated`(words: [String]) throws {
        let answer = try Client.run(["admin"] + words, socket: "/nowhere/broker.sock.admin", input: "other\n")
        #expect(answer.status == 64)
        #expect(answer.err.contains("A passphrase is no argument"))
        #expect(!answer.description.contains("sesame"))
    }

    @Test(arguments: [("", "no passphrase was given"), ("\n", "1 to 1024 bytes"), ("a\u{0}b\n", "text in UTF-8")])
    func `input that is no passphrase is told as what it is`(input: String, says: String) throws {
        let answer = try Client.run(["admin", "unlock"], socket: "/nowhere/broker.sock.admin", input: input)
        #expect(answer.status == 64, "\(answer)")
        #expect(answer.err.contains(says))
    }
}
