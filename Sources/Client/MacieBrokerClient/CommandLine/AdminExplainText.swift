/// Whether somebody's request would be allowed, and by which rule, for the administrator to read.
package struct AdminExplainText {
    private let answer: AdminExplainAnswer
    private let ink: Ink

    package init(_ answer: AdminExplainAnswer, ink: Ink) {
        self.answer = answer
        self.ink = ink
    }

    package var text: String {
        var lines = LabelledLines()
        lines.add("allowed", VerdictText.described(answer.isAllowed, mode: answer.mode, ink))
        lines.add("user", "uid \(answer.uid)")
        lines.add("groups", answer.groups.isEmpty ? "none" : answer.groups.map(String.init).joined(separator: ", "))
        lines.add("action", answer.action.escapedForTerminal)
        lines.add("profile", answer.profile?.escapedForTerminal)
        lines.add("region", answer.region?.escapedForTerminal)
        lines.add("rule", answer.rule.map(described))
        lines.add("nearest", answer.nearest.map(described))
        if !answer.lacks.isEmpty {
            lines.add("it lacks", answer.lacks.map(\.escapedForTerminal).joined(separator: ", "))
        }
        lines.add("reason", answer.reason.escapedForTerminal)
        return lines.text(in: ink)
    }

    private func described(_ rule: AdminExplainAnswer.Rule) -> String {
        let name = "\"\(rule.name.escapedForTerminal)\""
        return rule.place.map { "\(name) at \($0.escapedForTerminal)" } ?? name
    }
}
