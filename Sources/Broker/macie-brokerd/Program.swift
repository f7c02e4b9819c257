internal import ArgumentParser
internal import CPlatform
internal import CWipingHeap
internal import Glibc

/// The process, from its first line on.
@main
enum Program {
    /// Before anything else is done or read, nobody may dump this process or attach to it: prctl(2), PR_SET_DUMPABLE.
    static func main() async {
        guard broker_forbid_dumps() == 0 else {
            StandardError.write("macie-brokerd: cannot make the process undumpable; not holding keys like this\n")
            exit(EX_OSERR)
        }
        // Keys pass through libraries that do not wipe what they free; so the heap does.
        let heap = wiping_heap_check()
        guard heap == WIPING_HEAP_IN_FORCE || heap == WIPING_HEAP_OF_A_SANITIZER else {
            StandardError.write("macie-brokerd: memory that is freed is not wiped; not holding keys like this\n")
            exit(EX_SOFTWARE)
        }
        // No key stays where /proc/PID/environ shows it.
        _ = ProcessEnvironment.start
        // A client that left is an error of write(2), not the end of the broker.
        _ = signal(SIGPIPE, SIG_IGN)
        // A file that grows too large (RLIMIT_FSIZE) is an error of write(2) too: the audit says so and waits.
        _ = signal(SIGXFSZ, SIG_IGN)
        // What this process makes is its own, unless a mode is set for a reason.
        umask(0o077)
        await Brokerd.main()
    }
}

/// Unbuffered lines for people and for whoever started the broker.
enum StandardError {
    static func write(_ text: String) { StandardStream.write(text, to: STDERR_FILENO) }
}

enum StandardStream {
    /// Writes all of `text`, as far as the descriptor takes it; false when it does not take all.
    @discardableResult
    static func write(_ text: String, to descriptor: CInt) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // SAFETY: the pointer and the count are of one slice that lives for the call.
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return false }
        }
        return true
    }
}
