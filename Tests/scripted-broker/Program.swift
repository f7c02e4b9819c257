internal import Glibc

/// `scripted-broker SCRIPT SOCKET`: a broker that behaves as a script says, for the vectors that try a client.
///
/// Prints `ready` when it listens. It ends when its standard input does: with 0 when the script was played to its end and
/// the client did nothing beyond it; else with 1, and one line that says what was wrong.
@main
struct Program {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            say("scripted-broker SCRIPT SOCKET: plays SCRIPT, as protocol/vectors/README.md says, at SOCKET")
            exit(64)
        }
        do {
            let script = try Step.script(try contents(of: arguments[1]))
            let player = try Player(at: arguments[2])
            say("ready")
            try player.play(script)
        } catch {
            say("\(error)")
            exit(1)
        }
    }

    /// Writes one line at once.
    private static func say(_ text: String) {
        let line = Array("\(text)\n".utf8)
        // SAFETY: write(2) reads the bytes of the array, which lives for the call.
        unsafe write(STDOUT_FILENO, line, line.count)
    }

    private static func contents(of path: String) throws -> [UInt8] {
        // SAFETY: open(2) reads the path, which lives for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Wrong("cannot read \(path): errno \(errno)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            // SAFETY: read(2) writes at most as many bytes as the array has.
            let count = unsafe read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
