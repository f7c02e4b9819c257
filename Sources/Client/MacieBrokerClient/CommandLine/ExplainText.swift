/// Whether a request of the caller's would be allowed, for people to read.
package struct ExplainText {
    private let answer: ExplainAnswer
    private let ink: Ink

    package init(_ answer: ExplainAnswer, ink: Ink) {
        self.answer = answer
        self.ink = ink
    }

    package var text: String {
        var lines = LabelledLines()
        lines.add("allowed", VerdictText.described(answer.isAllowed, mode: answer.mode, ink))
        lines.add("action", answer.action.escapedForTerminal)
        lines.add("profile", answer.profile?.escapedForTerminal)
        lines.add("region", answer.region?.escapedForTerminal)
        lines.add("rule", answer.rule?.escapedForTerminal)
        lines.add("reason", answer.reason.escapedForTerminal)
        lines.add("next", answer.remedy?.escapedForTerminal)
        return lines.text(in: ink)
    }
}

/// The policy's yes or no, and what becomes of it.
enum VerdictText {
    static func described(_ isAllowed: Bool, mode: String, _ ink: Ink) -> String {
        if isAllowed { return ink.good("yes") }
        return mode == "observe" ? ink.warning("no, but let through: the policy is only observed") : ink.bad("no")
    }
}
