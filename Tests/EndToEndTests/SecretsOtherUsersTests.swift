import Foundation
import Testing

/// Not even the user who runs the broker can look into it: the process is not dumpable (prctl(2), proc(5)).
@Suite struct SecretsOtherUsersTests {
    private static let owner: UInt32 = 12_345

    /// What the user `owner` gets who reads the first byte of a file of /proc/PID.
    private func read(_ file: String, of pid: pid_t) throws -> Outcome {
        try ChildProcess.run(
            "/usr/bin/head", ["--bytes=1", "/proc/\(pid)/\(file)"],
            user: ChildProcess.User(uid: Self.owner, gid: Self.owner))
    }

    @Test(arguments: ["environ", "maps", "mem", "auxv", "io"])
    func `the broker's own user cannot look into it`(file: String) throws {
        let workplace = try Workplace()
        let simulator = try Simulator(in: workplace)
        let broker = try BrokerProcess.start(
            configuration: simulator.configuration(in: workplace, uid: Self.owner), in: workplace, uid: Self.owner)
        let refused = try read(file, of: broker.pid)
        #expect(refused.status != 0 && refused.out.isEmpty)
        #expect(refused.err.contains("Permission denied"), "\(refused)")
        // It is the broker that is closed, not the host: an ordinary process of this user's is open to it.
        let ordinary = try ChildProcess(
            "/bin/sleep", ["60"], user: ChildProcess.User(uid: Self.owner, gid: Self.owner))
        guard file != "mem" else { return }  // The first page is never mapped, and Yama may forbid the rest.
        #expect(try Waiting.until(seconds: 20) { try read(file, of: ordinary.pid).status == 0 })
    }
}
