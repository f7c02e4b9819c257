internal import Glibc

/// What /proc/PID says of a process, proc(5). Whoever reads sees to it that the number has been that process's all along.
struct ProcessReading {
    let facts: ProcessFacts
    /// Tells whether the program is still the one that was read of; nil where it cannot be told.
    let image: ProgramImage?
    /// Whether something was missing that may be there the next time.
    private(set) var isPassing = false

    init(pid: Int32) {
        var doubtOfImage: String?
        do throws(SystemError) {
            // Opened before anything is read, so that a program that comes in between is noticed.
            image = try ProgramImage(pid: pid)
        } catch {
            image = nil
            isPassing = error.isPassing
            doubtOfImage = "/proc/\(pid)/pagemap: \(error)"
        }
        let program = Self.program(of: pid)
        let unit = Self.unit(of: pid)
        isPassing = isPassing || unit.isPassing
        facts = ProcessFacts(
            executable: program.path, unit: unit.name, executableDoubt: program.doubt ?? doubtOfImage,
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
        guard length >= 0 else {
            let error = SystemError.last
            let hint = error.number == EACCES ? " (CAP_SYS_PTRACE is needed for the processes of others)" : ""
            return (nil, "\(link): \(error)\(hint)")
        }
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

    private static func unit(of pid: Int32) -> (name: String?, doubt: String?, isPassing: Bool) {
        let path = "/proc/\(pid)/cgroup"
        let text: String
        do throws(SystemError) {
            text = try contents(of: path)
        } catch {
            return (nil, "\(path): \(error)", error.isPassing)
        }
        guard let group = ControlGroup(parsing: text) else {
            return (nil, "\(path) names no control group that the broker can see", false)
        }
        return (group.systemUnit, nil, false)
    }

    static func contents(of path: String) throws(SystemError) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.last }
        defer { close(descriptor) }
        var text: [UInt8] = []
        let capacity = 4_096
        var chunk = [UInt8](repeating: 0, count: capacity)
        while true {
            let count = unsafe read(descriptor, &chunk, capacity)
            guard count >= 0 else { throw SystemError.last }
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += chunk.prefix(count)
        }
    }
}
