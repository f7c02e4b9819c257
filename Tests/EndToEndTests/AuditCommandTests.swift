import Foundation
import JSONText
import Testing

/// `macie-brokerd audit` on what a broker recorded.
@Suite struct AuditCommandTests {
    private let workplace: Workplace
    private let file: String
    /// Records, without their LFs.
    private let records: [String]

    init() throws {
        workplace = try Workplace()
        let simulator = try Simulator(in: workplace)
        let broker = try BrokerProcess.start(configuration: simulator.configuration(in: workplace), in: workplace)
        for _ in 0..<3 { #expect(try broker.ask(["session"]).status == 0) }
        #expect(try broker.ask(["whoami"]).status == 0)
        // Beside the records stands what the broker logs.
        let lines = broker.standardError().split(separator: "\n").map(String.init)
        let records = lines.filter { $0.hasPrefix("{\"seq\":") }
        try #require(records.count >= 4)
        self.records = records
        file = try workplace.write("audit.jsonl", records.joined(separator: "\n") + "\n")
    }

    private func audit(_ arguments: String...) throws -> Outcome {
        try ChildProcess.run(try Programs.stage().brokerd, ["audit"] + arguments)
    }

    private func head(of outcome: Outcome) -> String? {
        outcome.out.split(separator: "\n").first { $0.hasPrefix("head ") }.map { String($0.dropFirst(5)) }
    }

    @Test func `verify says that records are as they were written, and what the head is`() throws {
        let outcome = try audit("verify", file)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.out.hasPrefix("\(records.count) records, from 1 to \(records.count)\nhead \(records.count):"))
        #expect(outcome.out.hasSuffix("\nintact\n"))
        #expect(outcome.err.isEmpty)
        let again = try audit("verify", "--head", head(of: outcome) ?? "", file)
        #expect(again.out == outcome.out)
    }

    @Test func `verify says what was changed, each finding on a line, and ends with 65`() throws {
        let changed = try workplace.write(
            "changed.jsonl", records.joined(separator: "\n").replacing("\"uid\":", with: "\"uid\":9") + "\n")
        let outcome = try audit("verify", changed)
        #expect(outcome.status == 65)
        // The first record is the broker's start, which has no uid.
        #expect(outcome.out.contains("\(changed):2: edited: record 2: "))
        #expect(outcome.out.contains("\nNOT INTACT: "))
    }

    @Test func `verify finds a cut-off tail by the head alone`() throws {
        let head = head(of: try audit("verify", file))
        let cut = try workplace.write("cut.jsonl", records.dropLast().joined(separator: "\n") + "\n")
        #expect(try audit("verify", cut).status == 0)
        let outcome = try audit("verify", "--head", head ?? "", cut)
        #expect(outcome.status == 65)
        #expect(outcome.out.contains("truncated: "))
    }

    @Test func `what cannot be read is 66, wrong usage 64`() throws {
        for command in ["verify", "tail", "suggest"] {
            let missing = try audit(command, workplace.path + "/none")
            #expect(missing.status == 66)
            #expect(missing.out.isEmpty)
            #expect(missing.err.contains("cannot open \(workplace.path)/none: No such file or directory"))
            #expect(try audit(command).status == 64)
        }
        #expect(try audit("verify", "--head", "12", file).status == 64)
        #expect(try audit("tail", "--lines", "-1", file).status == 64)
    }

    @Test func `tail prints the last records for people`() throws {
        let outcome = try audit("tail", "--lines", "2", file)
        #expect(outcome.status == 0)
        let lines = outcome.out.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains("#\(records.count - 1)") == true)
        #expect(lines.last?.contains("broker.WhoAmI") == true)
    }

    @Test func `tail goes on with what is written, until nobody reads any more`() throws {
        let growing = try workplace.write("growing.jsonl", records[0] + "\n")
        let (process, output) = try ChildProcess.startWithOutput(
            try Programs.stage().brokerd, ["audit", "tail", "--follow", growing])
        #expect(output.line(before: Deadline(seconds: 30))?.contains("#1 ") == true)
        let handle = try #require(FileHandle(forWritingAtPath: growing))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((records[1] + "\n").utf8))
        #expect(output.line(before: Deadline(seconds: 30))?.contains("#2 ") == true)
        #expect(process.isRunning)
        process.signal(SIGTERM)
        #expect(process.waitForExit(seconds: 30) == 128 + SIGTERM)
    }

    @Test func `suggest prints the grants that were needed, for a configuration`() throws {
        let outcome = try audit("suggest", file)
        #expect(outcome.status == 0)
        #expect(outcome.err.isEmpty)
        #expect(outcome.out.hasPrefix("grants:\n  - users: ["))
        let grants = try workplace.write("grants.yaml", outcome.out + "profiles:\n  default: {region: us-east-1}\n")
        let check = try ChildProcess.run(
            try Programs.stage().brokerd, ["--config", grants, "--socket", workplace.path + "/s", "--check"])
        #expect(check.status == 0, "\(check)")
    }
}
