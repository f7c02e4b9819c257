/// The control group of a process, as systemd uses it: cgroups(7).
struct ControlGroup: Equatable {
    /// From the root of the hierarchy, such as `/system.slice/deploy.service`.
    let path: String

    /// The kinds of unit that processes are in, slices not counted: systemd.unit(5).
    private static let kinds = ["service", "scope", "socket", "mount", "swap"]

    /// Reads the lines of /proc/PID/cgroup, `number:controllers:path`: the hierarchy of systemd's own (`name=systemd`), or
    /// where there is none, the unified one (`0::`).
    ///
    /// - Returns: nil when neither is there, and when the group is outside of what this process can see (`/../…`).
    init?(parsing text: String) {
        var found: Substring?
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[1] == "name=systemd" {
                found = parts[2]
                break
            }
            if parts[0] == "0", parts[1].isEmpty { found = parts[2] }
        }
        guard let found, found.hasPrefix("/"), found != "/..", !found.hasPrefix("/../") else { return nil }
        path = String(found)
    }

    /// The system unit: the first folder below the slices, if it is a unit, as sd_pid_get_unit(3) finds it. nil when it is
    /// none.
    ///
    /// What lies further down belongs to the unit, whatever it calls itself: a user who may make groups below
    /// `user@1000.service` stays in that unit.
    var systemUnit: String? {
        let folders = path.split(separator: "/").map(Self.unescaped)
        guard let unit = folders.first(where: { !$0.hasSuffix(".slice") }),
            let dot = unit.lastIndex(of: "."), dot != unit.startIndex,
            Self.kinds.contains(String(unit[unit.index(after: dot)...]))
        else { return nil }
        return String(unit)
    }

    /// systemd puts `_` before a name that the kernel could take for a file of its own.
    private static func unescaped(_ folder: Substring) -> Substring {
        folder.hasPrefix("_") ? folder.dropFirst() : folder
    }
}
