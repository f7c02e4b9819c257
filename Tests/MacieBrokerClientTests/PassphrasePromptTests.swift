import BrokerWire
import Foundation
import Glibc
import MacieBrokerClient
import Synchronization
import TestSupport
import Testing

@Suite struct PassphrasePromptTests {
    /// What comes of reading `bytes` from a pipe that then ends.
    private func fromPipe(_ bytes: [UInt8], isNew: Bool = false) throws -> Passphrase {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(bytes))
        try pipe.fileHandleForWriting.close()
        let nowhere = Pipe()
        let prompt = PassphrasePrompt(
            input: pipe.fileHandleForReading.fileDescriptor, output: nowhere.fileHandleForWriting.fileDescriptor)
        return try prompt.read(isNew: isNew)
    }

    @Test(arguments: [
        ("sesame\n", "sesame"), ("sesame", "sesame"), (" open sesame \n", " open sesame "), ("a\nb\n", "a"),
        ("ö\u{1F600}\t\"\r\n", "ö\u{1F600}\t\"\r"),
    ])
    func `from what is no terminal the first line is taken as it is, once`(input: String, expected: String) throws {
        #expect(try fromPipe(Array(input.utf8)) == Passphrase(expected))
        #expect(try fromPipe(Array(input.utf8), isNew: true) == Passphrase(expected))
    }

    @Test func `a line may have 1024 bytes, and no more`() throws {
        let longest = String(repeating: "x", count: 1_024)
        #expect(try fromPipe(Array("\(longest)\n".utf8)) == Passphrase(longest))
        #expect(throws: PassphrasePrompt.Failure.badLength) { try fromPipe(Array("\(longest)x\n".utf8)) }
        #expect(throws: PassphrasePrompt.Failure.badLength) {
            try fromPipe([UInt8](repeating: 0x78, count: 60_000))
        }
    }

    @Test(arguments: [
        ([], PassphrasePrompt.Failure.nothingGiven), ([0x0A], .badLength), ([0xFF, 0x0A], .notText),
        ([0x61, 0, 0x62, 0x0A], .notText),
    ])
    func `what is no passphrase is told as what it is`(bytes: [UInt8], failure: PassphrasePrompt.Failure) {
        #expect(throws: failure) { try fromPipe(bytes) }
        #expect(!failure.description.isEmpty)
    }

    private typealias Outcome = Result<Passphrase, PassphrasePrompt.Failure>

    /// Asks at a terminal, before which a person does as `acts` says.
    private func atTerminal(isNew: Bool, _ acts: (PseudoTerminal) -> Void) throws -> Outcome {
        let terminal = try PseudoTerminal()
        let outcome = Mutex<Outcome?>(nil)
        let asking = Script { [end = terminal.programEnd] in
            let prompt = PassphrasePrompt(input: end, output: end)
            let result = Outcome { () throws(PassphrasePrompt.Failure) in try prompt.read(isNew: isNew) }
            outcome.withLock { $0 = result }
        }
        acts(terminal)
        asking.wait()
        #expect(terminal.isEchoing, "the terminal is as it was")
        return try #require(outcome.withLock { $0 })
    }

    @Test func `what is typed at a terminal is not shown`() throws {
        let outcome = try atTerminal(isNew: false) { terminal in
            #expect(terminal.shown(until: "Passphrase: ") == "Passphrase: ")
            #expect(!terminal.isEchoing)
            terminal.type("sesame\n")
            #expect(terminal.shown(until: "\n") == "\r\n")
        }
        #expect(try outcome.get() == Passphrase("sesame"))
    }

    @Test(arguments: [("sesame", true), ("sesam", false)])
    func `a new one is typed twice, and the same`(again: String, isRight: Bool) throws {
        let outcome = try atTerminal(isNew: true) { terminal in
            _ = terminal.shown(until: "Passphrase: ")
            terminal.type("sesame\n")
            #expect(terminal.shown(until: "The same again: ") == "\r\nThe same again: ")
            terminal.type("\(again)\n")
            #expect(terminal.shown(until: "\n") == "\r\n")
        }
        if isRight {
            #expect(try outcome.get() == Passphrase("sesame"))
        } else {
            #expect(throws: PassphrasePrompt.Failure.notTheSame) { try outcome.get() }
        }
    }

    @Test func `a slip is mended with the terminal's own keys`() throws {
        let outcome = try atTerminal(isNew: false) { terminal in
            _ = terminal.shown(until: "Passphrase: ")
            terminal.type("wrong\u{15}sesamee\u{7F}\n")
        }
        #expect(try outcome.get() == Passphrase("sesame"))
    }

    @Test func `who ends the input has given nothing`() throws {
        let outcome = try atTerminal(isNew: false) { terminal in
            _ = terminal.shown(until: "Passphrase: ")
            terminal.type("\u{4}")
        }
        #expect(throws: PassphrasePrompt.Failure.nothingGiven) { try outcome.get() }
    }

    @Test func `a line that is too long is read to its end`() throws {
        let outcome = try atTerminal(isNew: false) { terminal in
            _ = terminal.shown(until: "Passphrase: ")
            terminal.type(String(repeating: "x", count: 3_000) + "\n")
        }
        #expect(throws: PassphrasePrompt.Failure.badLength) { try outcome.get() }
    }
}
