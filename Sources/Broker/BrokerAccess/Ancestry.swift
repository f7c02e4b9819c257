internal import Glibc

/// Whether a process descends from this one: the broker starts no others than those that bring it credentials. One that
/// leaves its parents (a double fork) is not recognised; it cannot be waited for beyond the time that its parent has either.
package enum Ancestry {
    /// Generations that are looked at; a credential process has two or three.
    private static let deepest = 64

    /// Whether the process `pid` was started by this process, or by one that was. Reads /proc/PID/stat, proc(5): the caller
    /// sees to it that the number is still that process's.
    package static func descendsFromHere(_ pid: Int32) -> Bool {
        let here = getpid()
        var pid = pid
        for _ in 0..<deepest {
            guard pid > 1, let parent = parent(of: pid) else { return false }
            guard parent != here else { return true }
            pid = parent
        }
        return false
    }

    /// The fourth field of /proc/PID/stat; the second, the name, is in parentheses and may hold anything.
    private static func parent(of pid: Int32) -> Int32? {
        guard let text = try? ProcessReading.contents(of: "/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }
}
