import BrokerAccess
import Foundation
import Testing

/// The unit of real processes, in control groups made for the test. Needs to be root, and a hierarchy to make them in.
@Suite struct PeerUnitOtherUsersTests {
    @Test(
        arguments: [
            ("T.slice/T-a.slice/deploy.service", "deploy.service"), ("T.slice/deploy.service/worker", "deploy.service"),
            ("T.slice/user@1000.service/app.slice/deploy.service", "user@1000.service"), ("T.slice/T-a.slice", nil),
            ("T.slice/deploy", nil),
        ] as [(String, String?)])
    func `the unit is the system's, whatever there is below it`(path: String, unit: String?) throws {
        let folder = try Folder()
        let client = try RealClient(in: folder)
        let group = try RealControlGroup(path.replacing("T", with: "broker\(getpid())x\(client.pid)"))
        try group.take(client.pid)
        let sight = PeerProcess(connection: client.connection, pid: client.pid).look()
        guard case .alive(let facts) = sight else {
            Issue.record("\(sight)")
            return
        }
        #expect(facts.unit == unit)
        #expect(facts.unitDoubt == nil)
        let grant = rule(units: ["deploy.service"])
        #expect(decide([grant], from: sight).hasPrefix("allow") == (unit == "deploy.service"))
        try client.end()
    }
}

/// Folders of systemd's hierarchy, or the unified one, that go away with the test.
private final class RealControlGroup {
    private let path: String
    private var made: [String] = []

    init(_ name: String) throws {
        path = try Self.root() + "/" + name
        var folder = try Self.root()
        for part in name.split(separator: "/") {
            folder += "/" + part
            // SAFETY: here and below, a String given as a C string lives for the call.
            let isMade = unsafe mkdir(folder, 0o755) == 0
            try #require(isMade, "\(folder) cannot be made: \(errno)")
            made.append(folder)
        }
    }

    deinit {
        // The kernel holds on to a group for a moment after its last process has been waited for.
        for folder in made.reversed() { while unsafe rmdir(folder) != 0, errno == EBUSY { sched_yield() } }
    }

    func take(_ pid: Int32) throws {
        let procs = try #require(FileHandle(forWritingAtPath: path + "/cgroup.procs"))
        try procs.write(contentsOf: Data("\(pid)\n".utf8))
        try procs.close()
    }

    /// Where the hierarchy is mounted: proc(5), /proc/PID/mountinfo.
    private static func root() throws -> String {
        let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: " ") }
        let own = mounts.first { $0.last?.contains("name=systemd") == true }
        let unified = mounts.first { $0.contains("cgroup2") }
        let mount = try #require(own ?? unified, "no control groups are mounted here")
        return String(mount[4])
    }
}
