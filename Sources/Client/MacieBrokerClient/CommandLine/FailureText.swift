/// A failure for people to read: what happened, then what to do next.
package struct FailureText {
    private let failure: ClientFailure
    private let ink: Ink

    package init(_ failure: ClientFailure, ink: Ink) {
        self.failure = failure
        self.ink = ink
    }

    /// One line or more, each with its LF.
    package var text: String {
        var lines = ["\(ink.bad("macie-broker:")) \(failure.description.escapedForTerminal)"]
        if case .answered(let error) = failure, error.origin == .aws { lines.append("  \(source(of: error))") }
        lines.append("  \(ink.label("next:")) \((failure.remedy ?? usualRemedy).escapedForTerminal)")
        return lines.map { $0 + "\n" }.joined()
    }

    /// The same for what is no answer of a broker: what is wrong, and what to do.
    package static func text(_ problem: String, next remedy: String, ink: Ink) -> String {
        "\(ink.bad("macie-broker:")) \(problem.escapedForTerminal)\n"
            + "  \(ink.label("next:")) \(remedy.escapedForTerminal)\n"
    }

    private func source(of error: BrokerError) -> String {
        var text = "answered by AWS"
        if let status = error.httpStatus { text += ", HTTP \(status)" }
        if let requestID = error.requestID { text += ", request \(requestID.escapedForTerminal)" }
        return text
    }

    /// For errors that bring no remedy of their own.
    private var usualRemedy: String {
        switch ShellStatus(failure) {
        case .worthRetrying: "Try again\(pause)."
        case .refusedByAWS: "Show this to whoever looks after the broker's AWS account."
        case .refusedByPolicy: "See with `macie-broker whoami` what you may do; whoever runs the broker can grant more."
        case .success, .usage, .noBroker, .otherFailure: "The broker's log says more."
        }
    }

    private var pause: String {
        guard case .answered(let error) = failure, let seconds = error.retryAfterSeconds, seconds > 0 else { return "" }
        return " in \(RelativeTime.spelled(seconds: seconds))"
    }
}
