import Foundation
import JSONText
import TestSupport
import Testing

/// Decisions of the real broker, by the thousand, against an oracle that knows docs/POLICY.md and nothing else:
/// `Policy/oracle.py`. Needs to be root, and control groups.
@Suite struct PolicyMatrixOtherUsersTests {
    private let workplace: Workplace
    private let matrix: Matrix

    init() throws {
        workplace = try Workplace()
        matrix = try Matrix(in: workplace)
    }

    private func broker(_ number: Int) throws -> BrokerProcess {
        try BrokerProcess.start(
            configuration: matrix.text("\(number).json"), in: workplace, environment: Python.environment)
    }

    /// uid × groups × program × unit × action × profile × region × max age × policy, the policies with denies, narrowing,
    /// ends and floors: asked by real processes, some of which have ended, before a reload and after it.
    @Test func `real callers are decided on as the oracle does, before a reload and after it`() throws {
        let programs = try ["first", "second"].map { try workplace.copyProgram(Puppet.python, as: $0) }
        try matrix.make("people", programs)
        let broker = try broker(0)
        let callers = try matrix.json("callers.json").array?.map { try RealCaller($0, of: broker, in: workplace) } ?? []
        try matrix.ask(callers, 0)
        try broker.replaceConfiguration(matrix.text("1.json"))
        broker.signal(SIGHUP)
        try #require(Waiting.until(seconds: 30) { broker.records().contains { $0["event"] == "reload" } })
        try matrix.ask(callers, 1)
        let checked = try matrix.check()
        #expect(checked["combinations"]?.integer ?? 0 >= 2_000, "\(checked.text)")
        #expect(checked["wrong"] == 0, "\(checked.text)")
        #expect(checked["idle"] == [], "every rule decides something: \(checked.text)")
        #expect(checked["kinds"]?.integer ?? 0 >= 5, "every kind of decision: \(checked.text)")
        print("policy matrix, real callers: \(Matrix.summary(checked))")
        for caller in callers { try caller.puppet.end() }
    }

    @Test func `anybody is decided on as the oracle does, by policies drawn by chance`() throws {
        try matrix.make("admin")
        let broker = try broker(0)
        let admin = try RawConnection(broker.socketPath + ".admin")
        var number = 0
        while matrix.has("\(number).json") {
            try broker.replaceConfiguration(matrix.text("\(number).json"))
            let reloaded = try admin.ask(#"{"jsonrpc":"2.0","id":1,"method":"admin.Reload"}"#)
            try #require(reloaded["result"] != nil, "\(reloaded)")
            let requests = try matrix.text("\(number).requests")
            try admin.send(requests)
            let answers = try requests.split(separator: "\n").map { _ in try #require(admin.readLine()) }
            try matrix.write("\(number).answers", lines: answers)
            number += 1
        }
        let checked = try matrix.check()
        #expect(checked["combinations"]?.integer ?? 0 >= 2_000, "\(checked.text)")
        #expect(checked["wrong"] == 0, "\(checked.text)")
        print("policy matrix, drawn by chance: \(Matrix.summary(checked))")
    }

    @Test func `explain without a broker decides as the oracle does, at any time`() throws {
        try matrix.make("offline")
        var number = 0
        while matrix.has("\(number).json") {
            let words = try matrix.json("\(number).requests").array?.compactMap(\.string) ?? []
            let explained = try ChildProcess.run(
                Programs.stage().brokerd, ["explain", "--config", matrix.path("\(number).json")] + words,
                environment: Python.environment)
            try #require([0, 64, 77].contains(explained.status), "\(explained)")
            try matrix.write("\(number).answers", lines: [explained.out.trimmingCharacters(in: .newlines)])
            number += 1
        }
        let checked = try matrix.check()
        #expect(checked["combinations"]?.integer ?? 0 >= 40, "\(checked.text)")
        #expect(checked["wrong"] == 0, "\(checked.text)")
    }
}

/// A folder with policies, questions and answers, and the scripts that make and judge them.
private struct Matrix {
    private let workplace: Workplace
    private let folder: String
    private let script: String

    init(in workplace: Workplace) throws {
        self.workplace = workplace
        folder = try workplace.makeFolder("matrix")
        for name in ["oracle.py", "worlds.py"] { _ = try Python.stage(name, from: "Policy", in: workplace) }
        script = try Python.stage("matrix.py", from: "Policy", in: workplace)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: Array(text(name).utf8)) }

    func write(_ name: String, lines: [String]) throws {
        try workplace.write("matrix/\(name)", lines.map { "\($0)\n" }.joined())
    }

    func make(_ kind: String, _ programs: [String] = []) throws { _ = try run(["make", kind, folder] + programs) }

    /// What came of it: `combinations`, and those that are `wrong`.
    func check() throws -> JSONValue { try run(["check", folder]).json }

    static func summary(_ checked: JSONValue) -> String {
        "\(checked["combinations"]?.integer ?? 0) combinations, \(checked["wrong"]?.integer ?? -1) wrong"
    }

    /// Has all callers ask all questions about a policy, at the same time.
    func ask(_ callers: [RealCaller], _ number: Int) throws {
        let questions = try text("\(number).requests").split(separator: "\n").count
        for caller in callers { try caller.puppet.startAsking(path("\(number).requests")) }
        for (index, caller) in callers.enumerated() {
            try write("\(number).\(index).answers", lines: (0..<questions).map { _ in try caller.puppet.hear() })
        }
    }

    private func run(_ words: [String]) throws -> Outcome {
        let ran = try ChildProcess.run(Python.forOthers, [script] + words, environment: Python.environment)
        guard ran.status == 0 else { throw HarnessFailure("\(ran)") }
        return ran
    }
}

/// A process that is what the matrix says of it.
private struct RealCaller {
    let puppet: Puppet
    private let group: RealControlGroup

    init(_ caller: JSONValue, of broker: BrokerProcess, in workplace: Workplace) throws {
        func number(_ name: String) throws -> UInt32 { UInt32(try #require(caller[name]?.integer)) }
        let (uid, gid) = (try number("uid"), try number("gid"))
        let groups = try #require(caller["groups"]?.array).map { UInt32($0.integer ?? 0) }
        let program = caller["executable"]?.string
        puppet = try Puppet(
            in: workplace, program: program ?? Puppet.python, as: .init(uid: uid, gid: gid, groups: groups))
        // Whatever unit the tests themselves run in: it is not theirs.
        let unit = caller["unit"]?.string ?? ""
        group = try RealControlGroup("matrix\(puppet.pid).slice" + (unit.isEmpty ? "" : "/\(unit)"))
        try group.take(puppet.pid)
        try puppet.connect(to: broker)
        if program == nil { try puppet.handOn(to: uid, gid: gid) }
    }
}
