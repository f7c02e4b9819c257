import Foundation
import JSONText

/// A real broker in a process of its own.
final class BrokerProcess {
    let socketPath: String
    /// The one line that it printed when it was ready.
    let readyLine: String
    private let process: ChildProcess
    /// What it was started with; nil without a configuration.
    let configurationFile: String?
    private let errorFile: String
    /// Held open: nobody reads a second line, but the broker must not lose its standard output.
    private let output: Inlet

    var pid: pid_t { process.pid }
    var isRunning: Bool { process.isRunning }

    /// Starts a broker and waits for its ready line.
    ///
    /// The configuration is YAML for --config, nil to run without; the environment is all that there is. It runs as
    /// `uid`, with a group of the same number, or as the tests' own user, without the capabilities that it is to lack, and
    /// starts in `folder` if one is given, by way of the program and the words in `entering`. Its socket is in a folder of
    /// its own, unless --socket is among the arguments or it chooses the place itself.
    static func start(
        configuration: String?, in workplace: Workplace, arguments: [String] = [], environment: [String: String] = [:],
        uid: UInt32? = nil, lacking: [String] = [], folder: String? = nil, entering: [String] = [],
        choosesSocket: Bool = false
    ) throws -> BrokerProcess {
        var launch = try Launch(configuration, workplace, arguments, uid, choosesSocket: choosesSocket)
        if !lacking.isEmpty {
            launch.user = launch.user ?? .init(uid: getuid(), gid: getgid())
            launch.user?.lacking = lacking
        }
        let errorFile = try workplace.write(workplace.uniqueName("broker-err"), "", mode: 0o600)
        // SAFETY: a String given as a C string lives for the call.
        let errors = unsafe open(errorFile, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard errors >= 0 else { throw HarnessFailure.system("open \(errorFile)") }
        defer { close(errors) }
        let words = try entering + [Programs.stage().brokerd] + launch.arguments
        let (process, output) = try ChildProcess.startWithOutput(
            words[0], Array(words.dropFirst()), environment: environment, user: launch.user, folder: folder,
            errors: errors)
        return try BrokerProcess(
            process, output, configurationFile: launch.configurationFile, errorFile: errorFile)
    }

    /// Runs a broker that is expected not to start, to its end; also for `--check` and `--version`.
    static func run(
        configuration: String?, in workplace: Workplace, arguments: [String] = [], environment: [String: String] = [:],
        uid: UInt32? = nil, entering: [String] = []
    ) throws -> Outcome {
        let launch = try Launch(configuration, workplace, arguments, uid, choosesSocket: false)
        let words = try entering + [Programs.stage().brokerd] + launch.arguments
        return try ChildProcess.run(
            words[0], Array(words.dropFirst()), environment: environment, user: launch.user, seconds: 30)
    }

    private init(_ process: ChildProcess, _ output: Inlet, configurationFile: String?, errorFile: String) throws {
        guard let line = output.line(before: Deadline(seconds: 30)),
            let path = line.firstMatch(of: #/^ready: (.+?), profiles:/#)?.1
        else {
            let said = (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? ""
            throw HarnessFailure("the broker did not become ready: \(said)")
        }
        (self.process, self.output, self.errorFile) = (process, output, errorFile)
        self.configurationFile = configurationFile
        readyLine = line
        socketPath = String(path)
    }

    /// All that it has written to standard error: its log and, unless configured otherwise, a line a decision.
    func standardError() -> String {
        (try? String(decoding: Data(contentsOf: URL(fileURLWithPath: errorFile)), as: UTF8.self)) ?? ""
    }

    /// The records that it has written to standard error.
    func records() -> [JSONValue] {
        standardError().split(separator: "\n").filter { $0.hasPrefix("{\"seq\":") }.compactMap {
            try? JSONValue(parsing: Array($0.utf8))
        }
    }

    /// Puts another configuration in the place of the one that it was started with, at once and as a whole. It counts once
    /// the broker has been told to read it.
    func replaceConfiguration(_ text: String) throws {
        guard let configurationFile else { throw HarnessFailure("the broker has no configuration") }
        try Data(text.utf8).write(to: URL(fileURLWithPath: configurationFile), options: .atomic)
    }

    /// Keeps it on the first processor, and lets it go before others there where this user may say so: for tests that time it.
    func takeProcessor() {
        _ = setpriority(Int32(PRIO_PROCESS.rawValue), id_t(pid), -15)
        _ = try? ChildProcess.run("/usr/bin/taskset", ["--all-tasks", "--cpu-list", "--pid", "0", "\(pid)"])
    }

    func signal(_ number: Int32) { process.signal(number) }

    /// Its exit status, 128 and the signal's number when a signal ended it; nil when it still runs after that time.
    func waitForExit(seconds: Double) -> Int32? { process.waitForExit(seconds: seconds) }

    /// Runs macie-broker against this broker: see `Client`.
    func ask(
        _ arguments: [String], uid: UInt32? = nil, gid: UInt32? = nil, environment: [String: String] = [:]
    ) throws -> Outcome {
        try Client.run(arguments, socket: socketPath, uid: uid, gid: gid, environment: environment)
    }
}

/// What a broker is started with.
private struct Launch {
    var arguments: [String]
    var user: ChildProcess.User?
    private(set) var configurationFile: String?

    init(
        _ configuration: String?, _ workplace: Workplace, _ more: [String], _ uid: UInt32?, choosesSocket: Bool
    ) throws {
        arguments = more
        user = uid.map { ChildProcess.User(uid: $0, gid: $0) }
        if let configuration {
            let file = try workplace.write(workplace.uniqueName("broker") + ".yaml", configuration, mode: 0o644)
            configurationFile = file
            arguments += ["--config", file]
        }
        guard !choosesSocket, !more.contains("--socket") else { return }
        let folder = try workplace.makeFolder(workplace.uniqueName("run"), uid: uid)
        arguments += ["--socket", "\(folder)/broker.sock"]
    }
}
