import Foundation
import JSONText

/// A process that asks a broker as fast as it is answered, over sixteen connections: Audit/load.py.
final class AuditLoad {
    /// Where the replies are noted, once it has ended.
    let answers: String
    private let process: ChildProcess
    private let output: Inlet

    /// Returns once `after` replies have come, at which moment it kills the broker if it is to. `name` begins the ids of its
    /// requests. It ends when the broker hangs up, or after `seconds`.
    init(
        _ broker: BrokerProcess, named name: String, after: Int, kills: Bool = false, seconds: Double = 30,
        in workplace: Workplace
    ) throws {
        answers = workplace.path + "/answers-" + name
        (process, output) = try ChildProcess.startWithOutput(
            Python.forOthers,
            [Python.script("load.py", of: "Audit"), broker.socketPath, name, "16", "\(after)", answers, "\(seconds)"]
                + (kills ? ["\(broker.pid)"] : []),
            environment: Python.environment)
        guard output.line(before: Deadline(seconds: 30)) == "going" else { throw HarnessFailure("no load") }
    }

    /// Waits until it has ended; what each reply came out as, by how often.
    func finish() throws -> [String: Int] {
        guard process.waitForExit(seconds: 60) == 0 else { throw HarnessFailure("the load did not end well") }
        return try Self.count(answers)
    }

    /// What the replies that are noted in a file came out as, by how often.
    static func count(_ answers: String) throws -> [String: Int] {
        let lines = try String(contentsOfFile: answers, encoding: .utf8).split(separator: "\n")
        return try lines.reduce(into: [:]) { counts, line in
            counts[try JSONValue(parsing: Array(line.utf8))["outcome"]?.string ?? "?", default: 0] += 1
        }
    }
}

/// Many connections that wait for one answer, of which the first to get it kills the broker: Audit/crash.py.
struct AuditCrowd {
    private static let connections = 250

    /// Where the replies are noted.
    let answers: String

    init(_ broker: BrokerProcess, named name: String, in workplace: Workplace) throws {
        answers = workplace.path + "/answers-" + name
        let script = Python.script("crash.py", of: "Audit")
        let outcome = try ChildProcess.run(
            Python.forOthers,
            [script, broker.socketPath, name, "\(Self.connections)", answers, "\(broker.pid)"],
            environment: Python.environment)
        guard outcome.status == 0 else { throw HarnessFailure("\(outcome)") }
    }

    func outcomes() throws -> [String: Int] { try AuditLoad.count(answers) }
}
