internal import ArgumentParser
internal import Glibc
internal import MacieBrokerClient

/// The entry: the plainest and most frequent command by the short way, all others by the argument parser.
@main
enum Program {
    static func main() {
        // A reader that has left is seen where we write, as an error like others.
        signal(SIGPIPE, SIG_IGN)
        if let arguments = SessionArguments(plain: ProgramWords.arguments[...]) {
            Session.ask(arguments)
        }
        MacieBroker.main(ProgramWords.arguments)
    }
}
