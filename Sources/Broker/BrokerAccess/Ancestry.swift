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
        let descriptor = unsafe open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let capacity = 1_024
        var bytes = [UInt8](repeating: 0, count: capacity)
        let count = unsafe read(descriptor, &bytes, capacity)
        guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)..<count].split(separator: UInt8(ascii: " "))
        return fields.count > 1 ? Int32(String(decoding: fields[1], as: UTF8.self)) : nil
    }
}
