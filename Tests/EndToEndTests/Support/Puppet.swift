import Foundation
import Glibc
import JSONText

/// A client in a process of its own that does what a test tells it, step by step: `Identity/puppet.py`. It is Python until it
/// becomes another program.
final class Puppet {
    private let process: ChildProcess
    private let output: Inlet
    private let input: FileHandle

    /// As the connection's opener, for as long as it has not been told otherwise.
    var pid: pid_t { process.pid }

    /// The Python of this host, without symbolic links.
    static let python = URL(fileURLWithPath: Python.forOthers).resolvingSymlinksInPath().path

    /// Starts one that is not connected yet. `program` is a copy of the host's Python.
    init(in workplace: Workplace, program: String = Puppet.python, as user: ChildProcess.User? = nil) throws {
        var script = "\(workplace.path)/puppet.py"
        if !FileManager.default.fileExists(atPath: script) {
            script = try Python.stage("puppet.py", from: "Identity", in: workplace)
        }
        let pipe = try ChildProcess.pipe()
        defer { Glibc.close(pipe.reading) }
        input = FileHandle(fileDescriptor: pipe.writing, closeOnDealloc: true)
        (process, output) = try ChildProcess.startWithOutput(
            program, [script], environment: Python.environment, user: user, input: pipe.reading)
        try expectReady()
    }

    /// Starts one that is connected.
    convenience init(
        of broker: BrokerProcess, in workplace: Workplace, program: String = Puppet.python,
        as user: ChildProcess.User? = nil
    ) throws {
        try self.init(in: workplace, program: program, as: user)
        try connect(to: broker)
    }

    func connect(to broker: BrokerProcess) throws {
        try tell("connect \(broker.socketPath)")
        try expectReady()
    }

    /// Sends a request, and answers with the reply.
    func ask(_ line: String) throws -> JSONValue {
        try tell("ask \(line)")
        return try JSONValue(parsing: Array(hear().utf8))
    }

    /// Sends the requests of a file, many at once, and answers with the replies, one a line.
    func startAsking(_ file: String) throws { try tell("ask-all \(file)") }

    /// Becomes another program, which is a copy of the host's Python.
    func become(_ program: String) throws {
        try tell("become \(program)")
        try expectReady()
    }

    /// Ends, and has a child with another uid and gid go on with the connection.
    func handOn(to uid: UInt32, gid: UInt32) throws {
        try tell("hand-on \(uid) \(gid)")
        try expectReady()
        guard process.waitForExit(seconds: 30) == 0 else { throw HarnessFailure("the opener goes on") }
    }

    func leaveGroups() throws {
        try tell("leave-groups")
        try expectReady()
    }

    /// Ends, and is gone when this comes back.
    func end() throws {
        try input.close()
        guard process.waitForExit(seconds: 30) == 0 else { throw HarnessFailure("the puppet does not end") }
    }

    /// What it says next.
    func hear() throws -> String {
        guard let line = output.line(before: Deadline(seconds: 30)) else {
            throw HarnessFailure("the puppet is silent")
        }
        return line
    }

    private func tell(_ order: String) throws { try input.write(contentsOf: Data("\(order)\n".utf8)) }

    private func expectReady() throws {
        guard try hear().hasPrefix("ready") else { throw HarnessFailure("the puppet is not ready") }
    }
}
