import Foundation
import JSONText
import TestSupport
import Testing

/// admin.Lock and admin.Unlock, from the terminal to AWS.
@Suite struct AdminLockTests {
    private static let passphrase = "correct horse battery staple"
    private let fixture: ServerFixture
    private var broker: BrokerProcess { fixture.broker }
    private var audit: AuditFiles { AuditFiles(fixture.workplace.path + "/audit.jsonl") }

    init() throws { fixture = try ServerFixture { "audit: {file: \($0.path)/audit.jsonl}" } }

    private func lock() throws {
        let locked = try broker.admin(["lock"], input: Self.passphrase + "\n")
        #expect(locked.status == 0 && locked.out == "locked: AWS is not asked until it is unlocked\n", "\(locked)")
    }

    private func unlock(_ passphrase: String = Self.passphrase) throws -> Outcome {
        try broker.admin(["unlock"], input: passphrase + "\n")
    }

    @Test func `locked, nobody is answered and nothing is signed, until the right passphrase comes`() throws {
        #expect(try broker.ask(["session"]).status == 0)
        try lock()
        for words in [["session"], ["session", "--max-age", "0"]] {
            let refused = try broker.ask(words)
            #expect(refused.status == 75 && refused.err.contains("Locked"), "\(refused)")
        }
        #expect(try broker.ask(["whoami"]).status == 0)
        #expect(try broker.ask(["status", "--output", "json"]).json["locked"] == true)
        #expect(try broker.adminStatus()["locked"] == true)
        let wrong = try unlock("correct horse battery stapler")
        #expect(wrong.status == 70 && wrong.err.contains("WrongPassphrase"), "\(wrong)")
        #expect(try broker.ask(["session", "--max-age", "0"]).status == 75)
        #expect(try broker.admin(["lock"], input: "another\n").status == 75)
        #expect(try fixture.simulator.calls() == (1, 0), "nothing was signed since")
        let unlocked = try unlock()
        #expect(unlocked.status == 0 && unlocked.out == "unlocked\n")
        #expect(try broker.ask(["session", "--max-age", "0"]).status == 0)
        #expect(try fixture.simulator.calls() == (2, 0))
    }

    @Test func `who waits for AWS is told at once, and no retry of a call under way is signed`() throws {
        try fixture.simulator.behave(#"{"kind":"fail","exception":"ThrottlingException"}"#)
        let connection = try fixture.connect()
        // A call that is tried again, with pauses of a second and two at the most.
        for id in 1...20 {
            let before = try fixture.simulator.calls().calls
            try connection.send(RequestLine.freshSession(id) + "\n")
            #expect(try Waiting.until(seconds: 20) { try fixture.simulator.calls().calls > before })
            try lock()
            let calls = try fixture.simulator.calls().calls
            let reply = connection.readReply(within: 10)
            #expect(reply.errorType == "Locked" || reply.errorType == "ThrottlingException")
            // Until the flight is over, in which the retries would come.
            #expect(try Waiting.until(seconds: 20) { try fixture.status()["upstream"]?["inFlight"] == 0 })
            #expect(try fixture.simulator.calls().calls == calls)
            #expect(try unlock().status == 0)
            if reply.errorType == "Locked" { return }
        }
        Issue.record("no call was under way at any of the locks")
    }

    @Test func `typed at a terminal it works as well, and is not seen`() throws {
        for command in ["lock", "unlock"] {
            let terminal = try PseudoTerminal()
            let program = try RunningProgram(
                Programs.stage().client, ["admin", command, "--socket", broker.adminPath],
                descriptors: [0: terminal.programEnd, 2: terminal.programEnd])
            var shown = terminal.shown(until: "Passphrase: ")
            terminal.type(Self.passphrase + "\n")
            if command == "lock" {
                shown += terminal.shown(until: "again: ")
                terminal.type(Self.passphrase + "\n")
            }
            let ended = try program.finish(seconds: 30)
            #expect(ended.status == 0, "\(ended)")
            #expect(ended.out.hasPrefix(command + "ed"))
            #expect(!shown.contains(Self.passphrase))
            #expect(try broker.adminStatus()["locked"]?.bool == (command == "lock"))
        }
    }

    /// Seconds until a wrong passphrase is refused.
    private func secondsUntilRefused(_ line: String, on connection: RawConnection) throws -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        #expect(try connection.ask(line).errorType == "WrongPassphrase")
        return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    }

    @Test func `each wrong passphrase is answered later than the one before, and meanwhile none is judged`() throws {
        try lock()
        let (first, second) = (try broker.connectAdmin(), try broker.connectAdmin())
        let wrong = AdminLine.call("Unlock", #"{"passphrase":"x"}"#)
        for round in 1...6 {
            #expect(try secondsUntilRefused(wrong, on: first) >= 0.1 * Double(round))
        }
        try first.send(wrong + "\n")
        let right = AdminLine.call("Unlock", #"{"passphrase":"\#(Self.passphrase)"}"#)
        // From the first byte that it has read on, the broker judges the wrong one, and then lets it wait.
        #expect(try Waiting.until(seconds: 20) { try second.ask(wrong).errorType == "RateLimited" })
        #expect(try second.ask(right).errorType == "RateLimited", "not even the right one")
        #expect(try broker.connectAdmin().ask(AdminLine.call("Status"))["result"]?["locked"] == true)
        #expect(first.readReply().errorType == "WrongPassphrase")
        #expect(try Waiting.until(seconds: 20) { try second.ask(right)["result"]?["locked"] == false })
        let outcomes = try audit.records(of: "unlock").compactMap { $0["outcome"]?.string }
        #expect(outcomes.last == "ok" && outcomes.dropLast().allSatisfy { $0 == "WrongPassphrase" })
        #expect(outcomes.count >= 8)
    }

    @Test func `the passphrase is in no output, log, record or command line`() throws {
        let secret = "canary-passphrase-xyzzy"
        let broker = try BrokerProcess.start(
            configuration: fixture.simulator.configuration(in: fixture.workplace), in: fixture.workplace,
            arguments: ["--log-level", "trace"])
        var texts: [String] = [broker.readyLine]
        for command in ["lock", "lock", "unlock"] {
            let terminal = try PseudoTerminal()
            let program = try RunningProgram(
                Programs.stage().client, ["admin", command, "--socket", broker.adminPath, "--output", "json"],
                descriptors: [0: terminal.programEnd, 2: terminal.programEnd])
            texts.append(terminal.shown(until: "Passphrase: "))
            // While it is being typed, and while the broker works on it.
            terminal.type(secret)
            let insides = ProcessInsides(pid: program.process.pid)
            texts += ["cmdline", "environ"].map { String(decoding: insides.contents(of: $0) ?? Data(), as: UTF8.self) }
            terminal.type("\n")
            if command == "lock" {
                texts.append(terminal.shown(until: "again: "))
                terminal.type(secret + "\n")
            }
            texts.append(try program.finish(seconds: 30).description)
        }
        let (connection, line) = (try broker.connectAdmin(), AdminLine.call("Unlock", #"{"passphrase":"\#(secret)""#))
        for broken in [line, line + #","x":1}"#, line + #","passphrase":"\#(secret)"}"#, line + "}}"] {
            texts.append(try connection.ask(broken).text)
        }
        texts.append(try broker.admin(["status", "--output", "json"]).description)
        texts += ["cmdline", "environ"].map {
            String(decoding: ProcessInsides(pid: broker.pid).contents(of: $0) ?? Data(), as: UTF8.self)
        }
        broker.signal(SIGTERM)
        #expect(broker.waitForExit(seconds: 20) == 0)
        texts.append(broker.standardError())
        #expect(texts.last?.contains(#""event":"unlock""#) == true, "records are among what is searched")
        for text in texts where text.contains("canary") || text.contains("xyzzy") { Issue.record("\(text)") }
    }

    @Test func `a lock outlives a reload, and not a restart`() throws {
        try lock()
        #expect(try broker.admin(["reload"]).status == 0)
        #expect(try broker.ask(["session"]).status == 75)
        let again = try BrokerProcess.start(
            configuration: fixture.simulator.configuration(in: fixture.workplace), in: fixture.workplace)
        #expect(try again.ask(["session"]).status == 0)
    }
}
