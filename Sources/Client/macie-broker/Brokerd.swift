internal import Glibc
internal import MacieBrokerClient

/// The daemon's program, for what works on its files and not on its socket.
enum Brokerd {
    private static let name = "macie-brokerd"

    /// Becomes `macie-brokerd` with these words: the one beside this program, else the first on PATH.
    static func takeOver(_ words: [String]) -> Never {
        guard let program = find() else {
            Asking.giveUp(
                "\(name) is neither beside this program nor on PATH",
                next: "Install it, or ask on a host that has it.", status: .noBroker)
        }
        // A signal that is ignored stays so across execve(2), and the daemon's program has its own mind.
        signal(SIGPIPE, SIG_DFL)
        // SAFETY: the array of C strings ends with a null pointer; execv(3) copies it, or fails and this process ends.
        var arguments = unsafe ([program] + words).map { unsafe strdup($0) } + [nil]
        unsafe execv(program, &arguments)
        Asking.giveUp(
            "cannot run \(program): system error \(errno)", next: "Look at the file's mode and format.",
            status: .noBroker)
    }

    private static func find() -> String? {
        ([ownFolder] + foldersOnPath).compactMap { $0 }.map { "\($0)/\(name)" }.first { path in
            // SAFETY: access(2) reads the path, a NUL-terminated copy that lives for the call.
            unsafe access(path, X_OK) == 0
        }
    }

    /// Where this program's file is.
    private static var ownFolder: String? {
        // SAFETY: realpath(3) gives NULL or a NUL-terminated string of its own, which is copied and freed.
        guard let found = unsafe realpath("/proc/self/exe", nil) else { return nil }
        defer { unsafe free(found) }
        let path = unsafe String(cString: found)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }

    /// The absolute ones; what lies in the working directory is not run.
    private static var foldersOnPath: [String] {
        // SAFETY: getenv(3) gives NULL or a NUL-terminated string, which is copied at once.
        guard let path = unsafe getenv("PATH").map({ text in unsafe String(cString: text) }) else { return [] }
        return path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    }
}
