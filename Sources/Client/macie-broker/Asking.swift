internal import Glibc
internal import MacieBrokerClient

/// What every command does: find the broker, ask it, print, and end the process with the status that says how it went.
enum Asking {
    /// What a command prints, and what it tells the shell.
    struct Answer {
        let text: String
        var status = ShellStatus.success
    }

    static func end(
        socket: String?, timeoutSeconds: Double, printing ask: (BrokerClient, Ink) throws(ClientFailure) -> String
    ) -> Never {
        end { ink throws(ClientFailure) in
            Answer(text: try ask(try broker(at: socket, timeoutSeconds: timeoutSeconds), ink))
        }
    }

    /// The broker at the socket that is named, or at the one that the environment leads to.
    static func broker(at socket: String?, timeoutSeconds: Double) throws(ClientFailure) -> BrokerClient {
        if let socket { return BrokerClient(at: .path(socket), timeoutSeconds: timeoutSeconds) }
        return try BrokerClient(timeoutSeconds: timeoutSeconds)
    }

    static func end(with ask: (Ink) throws(ClientFailure) -> Answer) -> Never {
        do throws(ClientFailure) {
            let answer = try ask(StandardStream.output.ink)
            finish(printing: answer.text, status: answer.status)
        } catch {
            StandardStream.error.write(FailureText(error, ink: StandardStream.error.ink).text)
            exit(ShellStatus(error).rawValue)
        }
    }

    /// A reader that left early, as `head` does, has had what it wanted; output that is lost otherwise is a failure.
    static func finish(printing text: String, status: ShellStatus = .success) -> Never {
        switch StandardStream.output.write(text) {
        case 0, EPIPE: exit(status.rawValue)
        case let error:
            StandardStream.error.write("macie-broker: cannot write the answer: system error \(error)\n")
            exit(ShellStatus.otherFailure.rawValue)
        }
    }

    /// Ends before anything was asked.
    static func giveUp(_ problem: String, next remedy: String, status: ShellStatus) -> Never {
        let ink = StandardStream.error.ink
        StandardStream.error.write(FailureText.text(problem, next: remedy, ink: ink))
        exit(status.rawValue)
    }
}
