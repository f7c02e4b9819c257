import Glibc
import Synchronization

/// A program that a test started. It is ended by its own pid, at the latest when nobody holds this any more.
final class ChildProcess: Sendable {
    let pid: pid_t
    private let status = Mutex<Int32?>(nil)

    /// Whom a child runs as; other than the tests' own user only where setpriv(1) may do that.
    struct User: Sendable {
        var uid: UInt32
        var gid: UInt32
        /// Supplementary groups.
        var groups: [UInt32] = []
        /// Capabilities that neither it nor what it executes can have, by setpriv's names, such as `sys_ptrace`.
        var lacking: [String] = []

        fileprivate var words: [String] {
            let list = groups.map(String.init).joined(separator: ",")
            var words = ["/usr/bin/setpriv", "--reuid=\(uid)", "--regid=\(gid)"]
            words.append(groups.isEmpty ? "--clear-groups" : "--groups=\(list)")
            if !lacking.isEmpty { words.append("--bounding-set=" + lacking.map { "-\($0)" }.joined(separator: ",")) }
            return words + ["--"]
        }
    }

    /// Starts a program with exactly this environment, as the tests' own user and in their folder unless others are given.
    /// It inherits the descriptors that are named, by their number there and the number here; of 0, 1 and 2, what is not
    /// named is /dev/null.
    init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], user: User? = nil,
        folder: String? = nil, descriptors: [Int32: Int32] = [:]
    ) throws {
        var words = [program] + arguments
        if let folder { words = ["/usr/bin/env", "--chdir=\(folder)"] + words }
        if let user { words = user.words + words }
        let held = try descriptors.map { ($0.key, try Self.duplicate($0.value)) }
        defer { held.forEach { close($0.1) } }
        let nulls = [0, 1, 2].filter { descriptors[$0] == nil }
        pid = try Self.spawn(words, environment.map { "\($0.key)=\($0.value)" }, nulls: nulls, descriptors: held)
    }

    /// Starts a program whose standard output is to be read while it runs. Its standard error goes where the tests' own
    /// does, unless another place is named; nil is /dev/null.
    static func startWithOutput(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], user: User? = nil,
        folder: String? = nil, errors: Int32? = STDERR_FILENO, input: Int32? = nil
    ) throws -> (process: ChildProcess, output: Inlet) {
        let pipe = try pipe()
        defer { close(pipe.writing) }
        let output = Inlet(pipe.reading)
        var descriptors: [Int32: Int32] = [1: pipe.writing]
        descriptors[2] = errors
        descriptors[0] = input
        let process = try ChildProcess(
            program, arguments, environment: environment, user: user, folder: folder, descriptors: descriptors)
        return (process, output)
    }

    deinit {
        guard !poll() else { return }
        kill(pid, SIGKILL)
        _ = waitForExit(seconds: 10)
    }

    func signal(_ number: Int32) {
        status.withLock { if $0 == nil { kill(pid, number) } }
    }

    /// Its exit status, 128 and the signal's number when a signal ended it; nil when it still runs after that time.
    func waitForExit(seconds: Double) -> Int32? {
        _ = Waiting.until(seconds: seconds) { poll() }
        return status.withLock { $0 }
    }

    var isRunning: Bool { !poll() }

    /// Whether it has ended.
    private func poll() -> Bool {
        status.withLock { status in
            if status != nil { return true }
            var raw: Int32 = 0
            // SAFETY: waitpid(2) writes one number, which lives for the call.
            guard unsafe waitpid(pid, &raw, WNOHANG) == pid else { return false }
            // wait(2): the low 7 bits are the signal, the next byte the exit status.
            status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + raw & 0x7F
            return true
        }
    }

    /// Held while descriptors are made and while they are inherited, so that no other child gets a pipe's end.
    private static let spawning = Mutex(())

    /// Beyond any number that a child is to see, so that handing one descriptor over never closes another.
    private static let firstHeld: Int32 = 400

    private static func duplicate(_ descriptor: Int32) throws -> Int32 {
        let held = fcntl(descriptor, F_DUPFD_CLOEXEC, firstHeld)
        guard held >= 0 else { throw HarnessFailure.system("fcntl") }
        return held
    }

    /// A pipe whose ends no child inherits by accident.
    static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        let result = spawning.withLock { _ in
            // SAFETY: pipe(2) writes two numbers, and the array has two.
            let result = unsafe Glibc.pipe(&ends)
            ends.forEach { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
            return result
        }
        guard result == 0 else { throw HarnessFailure.system("pipe") }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ words: [String], _ environment: [String], nulls: [Int32], descriptors: [(Int32, Int32)]
    ) throws -> pid_t {
        // SAFETY: the actions are initialised before use and destroyed after it; the C strings are freed after
        // posix_spawn(3) has copied them, and both arrays end with a null pointer.
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for descriptor in nulls {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        for (there, here) in descriptors { unsafe posix_spawn_file_actions_adddup2(&actions, here, there) }
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
        // The threads that run tests have most signals blocked, and may ignore some; a child is to begin with neither.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var pid: pid_t = 0
        let result = spawning.withLock { _ in
            unsafe posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        }
        guard result == 0 else {
            errno = result
            throw HarnessFailure.system("start \(words[0])")
        }
        return pid
    }
}
