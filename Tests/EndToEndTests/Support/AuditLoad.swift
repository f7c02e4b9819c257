import Foundation
import JSONText

/// A process that asks a broker as fast as it is answered, over four connections: Audit/load.py.
final class AuditLoad {
    /// Where the replies are noted, once it has ended.
    let answers: String
    private let process: ChildProcess
    private let output: Inlet

    /// Returns once `after` replies have come. `name` begins the ids of its requests. It ends when the broker hangs up, or
    /// after `seconds`.
    init(
        _ broker: BrokerProcess, named name: String, after: Int, seconds: Double = 30, in workplace: Workplace
    ) throws {
        answers = workplace.path + "/answers-" + name
        (process, output) = try ChildProcess.startWithOutput(
            Python.forOthers,
            [Python.script("load.py", of: "Audit"), broker.socketPath, name, "4", "\(after)", answers, "\(seconds)"],
            environment: Python.environment)
        guard output.line(before: Deadline(seconds: 30)) == "going" else { throw HarnessFailure("no load") }
    }

    /// Waits until it has ended; what each reply came out as, by how often.
    func finish() throws -> [String: Int] {
        guard process.waitForExit(seconds: 60) == 0 else { throw HarnessFailure("the load did not end well") }
        let lines = try String(contentsOfFile: answers, encoding: .utf8).split(separator: "\n")
        return try lines.reduce(into: [:]) { counts, line in
            counts[try JSONValue(parsing: Array(line.utf8))["outcome"]?.string ?? "?", default: 0] += 1
        }
    }
}
