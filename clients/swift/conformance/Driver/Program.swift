internal import Glibc
internal import JSONText
internal import MacieBrokerClient

/// The driver of the client cases of protocol/vectors/README.md: calls on standard input, outcomes on standard output.
/// With the argument `async` the calls are made by `AsyncBrokerClient`.
@main
struct Program {
    static func main() async {
        let driver: Driver
        do throws(ClientFailure) {
            driver = Driver(try BrokerClient(), isAsync: CommandLine.arguments.dropFirst().contains("async"))
        } catch {
            // An environment that makes no sense: what each call would have come to.
            while let line = readLine() { say(Outcome.ofBadStart(error, call: line)) }
            return
        }
        while let line = readLine() {
            guard let call = try? JSONValue(parsing: Array(line.utf8)) else { exit(64) }
            say(await driver.outcome(of: call))
        }
    }

    /// Writes one line at once.
    private static func say(_ outcome: JSONValue) {
        let line = Array("\(outcome.text)\n".utf8)
        // SAFETY: write(2) reads the bytes of the array, which lives for the call.
        unsafe write(STDOUT_FILENO, line, line.count)
    }
}
