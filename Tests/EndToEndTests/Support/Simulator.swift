import Foundation
import JSONText

/// A simulated Macie in a process of its own, with one key pair, told how to behave as a test goes.
final class Simulator {
    static let accessKeyID = "AKIAE2ETESTS00000001"
    static let secret = "e2e/tests+secret/0123456789abcdefghijklm"

    /// `http://127.0.0.1:PORT`.
    let url: String
    let port: UInt16
    private let process: ChildProcess
    private let workplace: Workplace

    /// Starts one that knows one key, on any port that is free unless one is named.
    init(
        in workplace: Workplace, accessKeyID: String = Simulator.accessKeyID, secret: String = Simulator.secret,
        sessionToken: String? = nil, port: UInt16 = 0
    ) throws {
        self.workplace = workplace
        let secrets = [secret, sessionToken].compactMap(\.self).joined(separator: "\n")
        let secretFile = try workplace.write(workplace.uniqueName("secret"), secrets, mode: 0o600)
        let output: Inlet
        (process, output) = try ChildProcess.startWithOutput(
            Programs.stage().simulator,
            ["--port", "\(port)", "--access-key", accessKeyID, "--secret-file", secretFile, "--control"])
        guard let line = output.line(before: Deadline(seconds: 30)), line.hasPrefix("listening http://127.0.0.1:"),
            let port = line.split(separator: ":").last.flatMap({ UInt16($0) })
        else { throw HarnessFailure("the simulator did not start") }
        self.port = port
        url = "http://127.0.0.1:\(port)"
    }

    /// Tells it how to behave: see the control paths of MacieSimulator, such as `{"kind":"slow","milliseconds":300}`.
    func behave(_ json: String) throws { try put("behaviour", json) }

    /// What it answers from now on.
    func setSession(_ json: String) throws { try put("session", json) }

    /// How often it was asked, and how many of those signatures it refused.
    func calls() throws -> (calls: Int, refused: Int) {
        let answer = try exchange("GET", "/simulator/calls", "")
        guard let calls = answer["calls"]?.integer, let refused = answer["refused"]?.integer else {
            throw HarnessFailure("the simulator does not tell its calls")
        }
        return (Int(calls), Int(refused))
    }

    /// Ends it.
    func stop() {
        process.signal(SIGTERM)
        if process.waitForExit(seconds: 10) == nil { process.signal(SIGKILL) }
    }

    private func put(_ what: String, _ json: String) throws {
        _ = try exchange("PUT", "/simulator/\(what)", json)
    }

    private func exchange(_ method: String, _ path: String, _ body: String) throws -> JSONValue {
        let connection = try RawConnection(loopbackPort: port)
        try connection.send(
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        guard let answer = connection.readToEnd(within: 30), answer.hasPrefix("HTTP/1.1 2"),
            let start = answer.range(of: "\r\n\r\n")?.upperBound
        else { throw HarnessFailure("the simulator did not take \(method) \(path)") }
        return (try? JSONValue(parsing: Array(answer[start...].utf8))) ?? .null
    }
}
