internal import Glibc

extension ProcessFacts {
    /// Reads /proc/PID, proc(5). Whoever calls sees to it that the number is still that process's.
    ///
    /// - Parameter knowsImage: whether it would be noticed when the process executes another program.
    init(pid: Int32, knowsImage: Bool) {
        let program = Self.program(of: pid)
        let unit = Self.unit(of: pid)
        self.init(
            executable: program.path, unit: unit.name,
            executableDoubt: program.doubt ?? (knowsImage ? nil : "this kernel has no /proc/PID/pagemap"),
            unitDoubt: unit.doubt)
    }

    /// The path that /proc/PID/exe shows, if it leads to the same file from here.
    ///
    /// It need not: the file may have been replaced, which the kernel marks with ` (deleted)`; and in a mount namespace of
    /// its own, as containers have, a process runs another file by the same path.
    private static func program(of pid: Int32) -> (path: String?, doubt: String?) {
        let link = "/proc/\(pid)/exe"
        let capacity = Int(PATH_MAX) + 1
        var buffer = [CChar](repeating: 0, count: capacity)
        // SAFETY: here and below, a String given as a C string lives for the call, and what is written to is as long as said.
        let length = unsafe readlink(link, &buffer, capacity)
        guard length >= 0 else { return (nil, Self.refusal(of: link, error: errno)) }
        let bytes = buffer.prefix(length).map { UInt8(bitPattern: $0) }
        guard let path = String(validating: bytes, as: UTF8.self) else {
            return (String(decoding: bytes, as: UTF8.self), "its path is not UTF-8")
        }
        if path.hasSuffix(" (deleted)") { return (path, "its file has been replaced or removed") }
        var (theirs, ours) = (stat(), stat())
        guard unsafe stat(link, &theirs) == 0, unsafe stat(path, &ours) == 0, theirs.st_dev == ours.st_dev,
            theirs.st_ino == ours.st_ino
        else { return (path + " (elsewhere)", "its path leads to another file from here") }
        return (path, nil)
    }

    private static func refusal(of link: String, error: CInt) -> String {
        let hint = error == EACCES ? " (CAP_SYS_PTRACE is needed for the processes of others)" : ""
        return "\(link): \(SystemError.text(of: error))\(hint)"
    }

    private static func unit(of pid: Int32) -> (name: String?, doubt: String?) {
        let path = "/proc/\(pid)/cgroup"
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return (nil, "\(path): \(SystemError.last)") }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { chunk in
                unsafe read(descriptor, chunk.baseAddress, chunk.count)
            }
            guard count >= 0 else { return (nil, "\(path): \(SystemError.last)") }
            guard count > 0 else { break }
            text += chunk.prefix(count)
        }
        guard let folder = ControlGroup(parsing: String(decoding: text, as: UTF8.self)) else {
            return (nil, "\(path) names no control group that the broker can see")
        }
        return (folder.systemUnit, nil)
    }
}
