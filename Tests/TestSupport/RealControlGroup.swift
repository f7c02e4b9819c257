internal import Foundation
internal import Testing

/// Folders of systemd's hierarchy, or the unified one, that go away with the test. Needs to be root.
package final class RealControlGroup {
    private let path: String
    private var made: [String] = []

    /// Makes the folders of a path below the hierarchy's root, none of which may be there.
    package init(_ name: String) throws {
        let root = try Self.root()
        path = root + "/" + name
        var folder = root
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

    /// Moves a process in.
    package func take(_ pid: Int32) throws {
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
