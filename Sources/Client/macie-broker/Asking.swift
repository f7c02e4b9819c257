internal import Glibc
internal import MacieBrokerClient

/// What every command does: find the broker, ask it, print, and end the process with the status that says how it went.
enum Asking {
    static func end(
        socket: String?, timeoutSeconds: Double, printing ask: (BrokerClient, Ink) throws(ClientFailure) -> String
    ) -> Never {
        do throws(ClientFailure) {
            let address = if let socket { BrokerAddress.path(socket) } else { try SocketLocator().locate() }
            let broker = BrokerClient(at: address, timeoutSeconds: timeoutSeconds)
            finish(printing: try ask(broker, StandardStream.output.ink))
        } catch {
            StandardStream.error.write(FailureText(error, ink: StandardStream.error.ink).text)
            exit(ShellStatus(error).rawValue)
        }
    }

    /// A reader that left early, as `head` does, has had what it wanted; output that is lost otherwise is a failure.
    static func finish(printing text: String) -> Never {
        switch StandardStream.output.write(text) {
        case 0, EPIPE: exit(ShellStatus.success.rawValue)
        case let error:
            StandardStream.error.write("macie-broker: cannot write the answer: system error \(error)\n")
            exit(ShellStatus.otherFailure.rawValue)
        }
    }
}
