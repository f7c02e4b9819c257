internal import Glibc
internal import JSONText
internal import MacieBrokerClient

/// The driver of the client cases of protocol/vectors/README.md: calls on standard input, outcomes on standard output.
/// With the argument `async` the calls are made by `AsyncBrokerClient`. With `ask CALLS` it is the benchmark's program: one
/// call, then so many, and the seconds that these took.
@main
struct Program {
    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        if words.first == "ask" { return ask(calls: words.dropFirst().first.flatMap(Int.init) ?? 0) }
        let driver: Driver
        do throws(ClientFailure) {
            driver = Driver(try BrokerClient(), isAsync: words.contains("async"))
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

    private static func ask(calls: Int) {
        do throws(ClientFailure) {
            let client = try BrokerClient()
            _ = try client.session()
            let begun = ContinuousClock.now
            for _ in 0..<calls { _ = try client.session() }
            let (seconds, attoseconds) = (ContinuousClock.now - begun).components
            say(JSONValue(Double(seconds) + Double(attoseconds) / 1e18))
        } catch {
            say(.string(error.description))
            exit(1)
        }
    }

    /// Writes one line at once.
    private static func say(_ outcome: JSONValue) {
        let line = Array("\(outcome.text)\n".utf8)
        // SAFETY: write(2) reads the bytes of the array, which lives for the call.
        unsafe write(STDOUT_FILENO, line, line.count)
    }
}
