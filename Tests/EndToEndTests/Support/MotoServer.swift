import Foundation
import JSONText

/// A moto server with two IAM users and Macie enabled, which checks every signature and every policy.
final class MotoServer {
    struct Key: Sendable {
        let id: String
        let secret: String
    }

    let url: String
    /// May do macie2:*.
    let allowed: Key
    /// Has no policy.
    let denied: Key
    /// May do macie2:*; `allowed` may assume it.
    let role: String
    private let python: String
    private let port: String
    private let process: ChildProcess
    private let output: Inlet
    /// What it obeys; when it is closed, moto ends.
    private let commands: FileHandle

    init(python: String) throws {
        let pipe = try ChildProcess.pipe()
        commands = FileHandle(fileDescriptor: pipe.writing, closeOnDealloc: true)
        defer { close(pipe.reading) }
        (process, output) = try ChildProcess.startWithOutput(
            python, [Python.fixture("moto_process.py")], environment: Python.environment, input: pipe.reading)
        self.python = python
        port = try Self.port(from: output)
        url = "http://127.0.0.1:\(port)"
        let account = try Self.run(python, "moto_account.py", ["--port", port], input: "")
        (allowed, denied) = (try Self.key(account["allowed"]), try Self.key(account["denied"]))
        guard let role = account["role"]?.string else { throw HarnessFailure("moto made no role") }
        self.role = role
    }

    /// What boto3 says of the session, with its own signatures.
    func sessionByBoto3(_ key: Key) throws -> JSONValue {
        try Self.run(python, "boto3_session.py", arguments(key), input: key.secret)
    }

    /// Changes Macie behind the broker's back: PAUSED, ENABLED or DISABLED.
    func setStatus(_ status: String) throws {
        _ = try Self.run(python, "set_status.py", arguments(allowed) + ["--status", status], input: allowed.secret)
    }

    /// Closes its port; accounts stay.
    func goAway() throws { try obey("stop") { $0 == "stopped" } }

    /// Opens the same port again.
    func comeBack() throws { try obey("start") { $0.hasPrefix("listening ") } }

    /// The names of the role sessions that were asked for so far, in order.
    func roleSessions() throws -> [String] {
        try commands.write(contentsOf: Data("roles\n".utf8))
        guard let answer = output.line(before: Deadline(seconds: 60)),
            let names = try JSONValue(parsing: Array(answer.utf8)).array
        else { throw HarnessFailure("moto does not tell its roles") }
        return names.compactMap(\.string)
    }

    private func obey(_ command: String, _ isDone: (String) -> Bool) throws {
        try commands.write(contentsOf: Data("\(command)\n".utf8))
        guard let answer = output.line(before: Deadline(seconds: 60)), isDone(answer) else {
            throw HarnessFailure("moto does not \(command)")
        }
    }

    private func arguments(_ key: Key) -> [String] { ["--port", port, "--key", key.id, "--secret-from-stdin"] }

    private static func port(from output: Inlet) throws -> String {
        guard let line = output.line(before: Deadline(seconds: 120)), line.hasPrefix("listening ") else {
            throw HarnessFailure("moto did not start")
        }
        return String(line.dropFirst("listening ".count))
    }

    private static func run(_ python: String, _ script: String, _ arguments: [String], input: String) throws
        -> JSONValue
    {
        let ran = try ChildProcess.run(
            python, [Python.fixture(script)] + arguments, environment: Python.environment, input: input + "\n",
            seconds: 120)
        guard ran.status == 0 else { throw HarnessFailure("\(script): \(ran)") }
        return ran.json
    }

    private static func key(_ value: JSONValue?) throws -> Key {
        guard let id = value?["accessKeyId"]?.string, let secret = value?["secretAccessKey"]?.string else {
            throw HarnessFailure("moto made no keys")
        }
        return Key(id: id, secret: secret)
    }
}
