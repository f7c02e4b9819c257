import Foundation
import JSONText
import Testing

/// Clients in namespaces of their own, and numbers of processes that come again. Needs to be root, who may make them.
@Suite struct SandboxOtherUsersTests {
    private let workplace: Workplace
    private let simulator: Simulator

    private static let user: UInt32 = 41_000

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
    }

    private func broker(_ who: String) throws -> BrokerProcess {
        let grants = "grants: [{name: the sandbox, \(who), actions: [\"macie2:GetMacieSession\"]}]"
        return try BrokerProcess.start(
            configuration: simulator.configuration(in: workplace, grants: grants), in: workplace)
    }

    /// Runs macie-broker as the user, in user, pid, network and mount namespaces of its own, where there is no file but its
    /// own program and, if there is to be one, the socket.
    ///
    /// `root` is the folder that becomes its root; what there is in it stays out of its sight.
    private func run(
        _ words: [String], socket: String?, root: String? = nil, environment: [String: String] = [:],
        descriptors: [Int32: Int32] = [:]
    ) throws -> Outcome {
        let script = try Python.stage("sandbox.sh", from: "Identity", in: workplace)
        let root = try root ?? workplace.makeFolder(workplace.uniqueName("root"))
        return try ChildProcess.run(
            "/bin/sh", [script, root, Programs.stage().folder, socket ?? "-", "/programs/macie-broker"] + words,
            environment: environment.merging(["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]) { $1 },
            user: .init(uid: Self.user, gid: Self.user), descriptors: descriptors)
    }

    @Test
    func `a client in user, pid and network namespaces of its own, with nothing but the socket, gets its session`()
        throws
    {
        let broker = try broker("users: [\(Self.user)]")
        let socket = ["--socket", "/broker.sock", "--output", "json"]
        let answer = try run(["session"] + socket, socket: broker.socketPath)
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json["session"]?["status"] == "ENABLED")
        // Inside it is root, and the first process; what counts is what it is here.
        let seen = try run(["whoami"] + socket, socket: broker.socketPath)
        #expect(seen.json["uid"] == JSONValue(Self.user), "\(seen)")
        #expect(seen.json["pid"]?.integer ?? 0 > 1)
        #expect(seen.json["executable"]?.string?.hasSuffix("/programs/macie-broker (elsewhere)") == true, "\(seen)")
    }

    @Test func `a program in a sandbox is not the one that the host has by its path`() throws {
        let root = try workplace.makeFolder("root")
        let copied = try ChildProcess.run("/bin/cp", ["-R", Programs.stage().folder, "\(root)/programs"])
        try #require(copied.status == 0, "\(copied)")
        let program = "\(root)/programs/macie-broker"
        let broker = try broker("users: [\(Self.user)], executables: [\(program)]")
        let answer = try ChildProcess.run(
            program, ["session", "--socket", broker.socketPath], user: .init(uid: Self.user, gid: Self.user))
        #expect(answer.status == 0, "\(answer)")
        let refused = try run(["session", "--socket", "/broker.sock"], socket: broker.socketPath, root: root)
        #expect(refused.status == 77, "\(refused)")
        let record = try #require(broker.records().last)
        #expect(record["executable"]?.string == "\(program) (elsewhere)")
        #expect(record["lacks"] == ["executable"])
        #expect(record["executableDoubt"] == "its path leads to another file from here")
    }

    @Test func `a client in a sandbox without the socket gets its session by an inherited descriptor`() throws {
        let broker = try broker("users: [\"0\"]")
        let connection = try RawConnection(broker.socketPath)
        let answer = try run(
            ["session", "--output", "json"], socket: nil, environment: ["MACIE_BROKER_FD": "9"],
            descriptors: [9: connection.descriptor])
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json["session"]?["status"] == "ENABLED")
        let alone = try run(["session"], socket: nil)
        #expect(alone.status == 69, "\(alone)")
    }

    /// All of it in a pid namespace of its own, where numbers can be made to come again.
    @Test func `whoever gets the pid of a process that ended inherits neither its program nor its grant`() throws {
        let (granted, other) = (
            try workplace.copyProgram(Puppet.python, as: "granted"),
            try workplace.copyProgram(Puppet.python, as: "other")
        )
        let grants =
            "grants: [{name: one, users: [\(Self.user)], actions: [\"*\"], executables: [\(granted)]}]"
        let file = try workplace.write("broker.yaml", simulator.configuration(in: workplace, grants: grants))
        let script = try Python.stage("pid_reuse.py", from: "Identity", in: workplace)
        let ran = try ChildProcess.run(
            "/usr/bin/unshare",
            [
                "--pid", "--fork", "--kill-child", "--mount-proc", Python.forOthers, script,
                Programs.stage().brokerd, file, workplace.makeFolder("run") + "/broker.sock", granted, other,
                "\(Self.user)",
            ], environment: Python.environment)
        let told = ran.json
        let pid = try #require(told["first"]?["pid"], "\(ran)")
        func answer(_ program: String?, _ allowed: Bool) -> JSONValue {
            var object = JSONObject([("uid", JSONValue(Self.user)), ("pid", pid)])
            object["executable"] = program.map { .string($0) } ?? .null
            object["allowed"] = .bool(allowed)
            return .object(object)
        }
        #expect(told["first"] == answer(granted, true))
        #expect(told["nobody"]?["inherited"] == answer(nil, false))
        // Another program by the same number, and the very program that the grant is for, which is not the one that connected.
        for (name, program) in [("other", other), ("granted", granted)] {
            #expect(told[name]?["pid"] == pid)
            #expect(told[name]?["inherited"] == answer(nil, false), "\(name)")
            #expect(told[name]?["own"] == answer(program, name == "granted"), "\(name)")
        }
    }
}
