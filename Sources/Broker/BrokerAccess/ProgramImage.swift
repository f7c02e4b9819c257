internal import Glibc

/// The memory of a process while it runs one program: execve(2) gives it another, and its end takes it away.
final class ProgramImage {
    /// /proc/PID/pagemap, which stays that of the memory it was opened for.
    private let pagemap: CInt

    /// - Throws: errno(3) where the kernel does not let this process see into that one, or has no pagemap.
    init(pid: Int32) throws(SystemError) {
        // SAFETY: a String given as a C string lives for the call.
        pagemap = unsafe open("/proc/\(pid)/pagemap", O_RDONLY | O_CLOEXEC)
        guard pagemap >= 0 else { throw SystemError.last }
    }

    deinit { if pagemap >= 0 { close(pagemap) } }

    /// One byte is never a whole entry, which a pagemap says with EINVAL; one without memory says that it is at its end.
    /// Source: pagemap_read() in the kernel's fs/proc/task_mmu.c.
    var isStillRun: Bool {
        var byte: UInt8 = 0
        // SAFETY: one byte, which lives for the call.
        return unsafe pread(pagemap, &byte, 1, 0) < 0 && errno == EINVAL
    }
}
