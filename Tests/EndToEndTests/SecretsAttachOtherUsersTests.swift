import Foundation
import JSONText
import Testing

/// Nobody but root gets at a broker's memory, not even a process of the user who runs it: ptrace(2), proc(5), core(5).
@Suite struct SecretsAttachOtherUsersTests {
    private static let owner: UInt32 = 12_346
    private static let user = ChildProcess.User(uid: owner, gid: owner)

    private func startBroker(
        in workplace: Workplace, folder: String? = nil, entering: [String] = []
    ) throws -> BrokerProcess {
        let simulator = try Simulator(in: workplace)
        return try BrokerProcess.start(
            configuration: simulator.configuration(in: workplace, uid: Self.owner), in: workplace, uid: Self.owner,
            folder: folder, entering: entering)
    }

    /// What a process of the owner's gets of another, by each way that there is: see Canaries/attach.py.
    private func attach(to pid: pid_t, in workplace: Workplace) throws -> [String: String] {
        let script = try Python.stage("attach.py", from: "Canaries", in: workplace)
        let told = try ChildProcess.run(
            Python.forOthers, [script, "\(pid)"], environment: Python.environment, user: Self.user)
        guard case .object(let object) = told.json else { throw HarnessFailure("\(told)") }
        return Dictionary(uniqueKeysWithValues: object.members.map { ($0.name, $0.value.string ?? "") })
    }

    @Test func `no process of the broker's own user attaches to it, or reads or writes its memory`() throws {
        let workplace = try Workplace()
        let broker = try startBroker(in: workplace)
        let answers = try attach(to: broker.pid, in: workplace)
        #expect(answers.count == 7)
        for (way, answer) in answers { #expect(["EPERM", "EACCES"].contains(answer), "\(way): \(answer)") }
        // It is the broker that is closed, not the host: an ordinary process of this user's is open to all of it, unless
        // Yama allows nobody to attach to what is not their child.
        let yama = try? String(contentsOfFile: "/proc/sys/kernel/yama/ptrace_scope", encoding: .utf8)
        guard yama == nil || yama == "0\n" else {
            return print("NOT RUN: attaching to an ordinary process, which Yama forbids")
        }
        let ordinary = try ChildProcess("/bin/sleep", ["60"], user: Self.user)
        let isOpen = try Waiting.until(seconds: 20) {
            try attach(to: ordinary.pid, in: workplace).filter { $0.value != "done" } == ["vm_read": "EFAULT"]
        }
        #expect(isOpen)
    }

    @Test(arguments: [SIGABRT, SIGSEGV, SIGQUIT])
    func `ended by a fault it leaves no core, whatever size its user allows`(signal: Int32) throws {
        let workplace = try Workplace()
        let folder = try workplace.makeFolder("cwd", uid: Self.owner)
        let allowing = ["/usr/bin/prlimit", "--core=unlimited"]
        let broker = try startBroker(in: workplace, folder: folder, entering: allowing)
        let limits = try #require(ProcessInsides(pid: broker.pid).contents(of: "limits"))
        #expect(String(decoding: limits, as: UTF8.self).contains(#/Max core file size +0 +0 /#))
        broker.signal(signal)
        #expect(broker.waitForExit(seconds: 20) == 128 + signal)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        // An ordinary process of this user's leaves one there, where the host writes cores to the working folder.
        let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
        guard !pattern.contains("/"), !pattern.hasPrefix("|") else {
            return print("NOT RUN: the core of an ordinary process, for core_pattern is \(pattern)")
        }
        let ordinary = try ChildProcess(
            allowing[0], [allowing[1], "/bin/sleep", "60"], user: Self.user, folder: folder)
        let isThere = Waiting.until(seconds: 20) {
            ProcessInsides(pid: ordinary.pid).contents(of: "comm") == Data("sleep\n".utf8)
        }
        #expect(isThere)
        ordinary.signal(signal)
        #expect(ordinary.waitForExit(seconds: 20) == 128 + signal)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }
}
