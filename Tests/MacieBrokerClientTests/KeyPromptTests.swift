import BrokerWire
import Foundation
import Glibc
import MacieBrokerClient
import Synchronization
import TestSupport
import Testing

/// How keys are read: to the end of what comes, or asked for at a terminal.
@Suite struct KeyPromptTests {
    private typealias Outcome = Result<OfferedKeys, OfferedKeysFailure>

    private func read(_ input: Int32, asking output: Int32 = -1) -> Outcome {
        Outcome { () throws(OfferedKeysFailure) in try KeyPrompt(input: input, output: output).read() }
    }

    private func failure(_ outcome: Outcome) -> OfferedKeysFailure? {
        if case .failure(let failure) = outcome { failure } else { nil }
    }

    /// What comes of a pipe that holds `pieces`, written one by one by somebody else.
    private func fromPipe(_ pieces: [String]) throws -> Outcome {
        let pipe = Pipe()
        let writer = Script { [handle = pipe.fileHandleForWriting] in
            for piece in pieces { try? handle.write(contentsOf: Data(piece.utf8)) }
            try? handle.close()
        }
        defer { writer.wait() }
        let outcome = read(pipe.fileHandleForReading.fileDescriptor)
        try pipe.fileHandleForReading.close()
        return outcome
    }

    @Test func `what is no terminal is read to its end, however it comes`() throws {
        let pieces = ["AWS_ACCESS_KEY", "_ID=AKIACANARY\nAWS_SECRET", "_ACCESS_KEY=canary", "\n"]
        let keys = try fromPipe(pieces).get()
        #expect(keys.accessKeyID == "AKIACANARY" && keys.secretAccessKey == WireSecret("canary"))
    }

    @Test func `64 KiB are read and no more`() throws {
        let keys = "AWS_ACCESS_KEY_ID=A\nAWS_SECRET_ACCESS_KEY=canary\n#"
        let room = OfferedKeys.inputBytes - keys.utf8.count
        let folder = TemporaryFolder()
        func outcome(_ count: Int) throws -> Outcome {
            let file = "\(folder.path)/\(count)"
            try Data((keys + String(repeating: "x", count: count)).utf8).write(to: URL(fileURLWithPath: file))
            let handle = try #require(FileHandle(forReadingAtPath: file))
            defer { try? handle.close() }
            return read(handle.fileDescriptor)
        }
        #expect(try outcome(room).get().accessKeyID == "A")
        for count in [room + 1, 1_000_000] {
            #expect(failure(try outcome(count)) == .tooMuch(bytesAtMost: 65_536))
        }
        // SAFETY: a literal given as a C string lives for the call.
        let zeros = unsafe open("/dev/zero", O_RDONLY | O_CLOEXEC)
        defer { close(zeros) }
        #expect(failure(read(zeros)) == .tooMuch(bytesAtMost: 65_536))
    }

    @Test func `a descriptor that cannot be read is told by its number`() throws {
        #expect(failure(read(-1)) == .unreadable(descriptor: -1, errno: EBADF))
        // SAFETY: a literal given as a C string lives for the call.
        let folder = unsafe open("/", O_RDONLY | O_CLOEXEC)
        defer { close(folder) }
        #expect(failure(read(folder)) == .unreadable(descriptor: folder, errno: EISDIR))
    }

    /// Asks at a terminal, before which a person does as `acts` says.
    private func atTerminal(_ acts: (PseudoTerminal) -> Void) throws -> Outcome {
        let terminal = try PseudoTerminal()
        let outcome = Mutex<Outcome?>(nil)
        let asking = Script { [end = terminal.programEnd] in
            let result = Outcome { () throws(OfferedKeysFailure) in try KeyPrompt(input: end, output: end).read() }
            outcome.withLock { $0 = result }
        }
        acts(terminal)
        asking.wait()
        #expect(terminal.isEchoing, "the terminal is as it was")
        return try #require(outcome.withLock { $0 })
    }

    @Test func `at a terminal the three are asked for, and only the id is shown`() throws {
        let outcome = try atTerminal { terminal in
            #expect(terminal.shown(until: "Access key id: ") == "Access key id: ")
            #expect(terminal.isEchoing)
            terminal.type(" AKIACANARY \n")
            #expect(terminal.shown(until: "Secret access key: ").contains("AKIACANARY"))
            #expect(!terminal.isEchoing)
            terminal.type("canary-secret\n")
            #expect(terminal.shown(until: "none): ") == "\r\nSession token (empty when there is none): ")
            #expect(!terminal.isEchoing)
            terminal.type("canary-token\n")
            #expect(terminal.shown(until: "\n") == "\r\n")
        }
        let keys = try outcome.get()
        #expect(keys.accessKeyID == "AKIACANARY" && keys.secretAccessKey == WireSecret("canary-secret"))
        #expect(keys.sessionToken == WireSecret("canary-token") && keys.expiration == nil)
    }

    @Test func `an empty token is none`() throws {
        let outcome = try atTerminal { terminal in
            for (question, words) in [("id: ", "AKIA\n"), ("key: ", "canary\n"), ("none): ", "\n")] {
                _ = terminal.shown(until: question)
                terminal.type(words)
            }
        }
        #expect(try outcome.get().sessionToken == nil)
    }

    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) + "\n" }

    @Test(arguments: [
        (["\n"], OfferedKeysFailure.missing("the access key id")), (["\u{4}"], .nothingGiven),
        (["AKIA\n", " \n"], .missing("the secret access key")), (["AKIA\n", "\u{4}"], .nothingGiven),
        (["AKIA\n", "can ary\n", "\n"], .unfitCharacter("the secret access key")),
        (["AKIA\n", long(1_025), "\n"], .tooLong("the secret access key", bytesAtMost: 1_024)),
        (["AKIA\n", "s\n", long(4_096)], .lineCutByTerminal("the session token")),
    ])
    func `what is missing or wrong is told, and not repeated`(typed: [String], expected: OfferedKeysFailure) throws {
        let outcome = try atTerminal { terminal in
            for (question, words) in zip(["id: ", "key: ", "none): "], typed) {
                _ = terminal.shown(until: question)
                terminal.type(words)
            }
        }
        #expect(failure(outcome) == expected)
        #expect(!"\(expected)".contains("can ary"))
    }
}
