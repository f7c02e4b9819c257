import Glibc

/// A small disk (tmpfs(5)) in a mount namespace of its own: only who enters it sees the disk, and it is gone with them.
final class SmallDisk {
    /// Where it is mounted, for those in the namespace.
    let path: String
    private let holder: ChildProcess
    private let input: Int32

    init(bytes: Int, in workplace: Workplace) throws {
        path = try workplace.makeFolder(workplace.uniqueName("disk"))
        let pipe = try ChildProcess.pipe()
        defer { close(pipe.reading) }
        let script = "mount -t tmpfs -o size=\(bytes),mode=0755 tmpfs \"$0\" && echo mounted && exec cat"
        let (holder, output) = try ChildProcess.startWithOutput(
            "/usr/bin/unshare", ["--mount", "--propagation", "private", "/bin/sh", "-c", script, path],
            environment: Self.environment, input: pipe.reading)
        (self.holder, input) = (holder, pipe.writing)
        guard output.line(before: Deadline(seconds: 30)) == "mounted" else { throw HarnessFailure("no disk") }
    }

    deinit { close(input) }

    private static let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]

    /// What begins the command line of a program that is to see the disk.
    var entering: [String] { ["/usr/bin/nsenter", "--mount=/proc/\(holder.pid)/ns/mnt", "--"] }

    /// A path on the disk, for those who do not see it.
    func outside(_ name: String) -> String { "/proc/\(holder.pid)/root\(path)/\(name)" }

    /// Runs a script of sh(1) on the disk, which has to succeed.
    func run(_ script: String) throws {
        let words = entering + ["/usr/bin/env", "--chdir=\(path)", "/bin/sh", "-euc", script]
        let outcome = try ChildProcess.run(words[0], Array(words.dropFirst()), environment: Self.environment)
        guard outcome.status == 0 else { throw HarnessFailure("\(script): \(outcome)") }
    }

    /// Leaves no byte free but what is left of pages that files end in.
    func fill() throws { try run("! head -c 1000000000 /dev/zero > ballast 2> /dev/null") }
    func makeRoom() throws { try run("rm ballast") }
}
