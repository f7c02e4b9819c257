/// What the administrator's commands print for people.
package struct AdminText {
    private let now: BrokerTimestamp
    private let ink: Ink

    package init(now: BrokerTimestamp, ink: Ink) {
        self.now = now
        self.ink = ink
    }

    package func text(of answer: AdminStatusAnswer) -> String {
        var lines = StatusText(answer.status, now: now, ink: ink).lines
        add(answer.policy, to: &lines)
        lines.add("audit file", answer.auditFile?.escapedForTerminal ?? "none: records go to standard error")
        lines.add("audit fails", answer.auditReason.map { ink.bad($0.escapedForTerminal) })
        lines.add("log level", answer.logLevel.escapedForTerminal)
        for (index, limit) in answer.limits.enumerated() {
            lines.add(index == 0 ? "limits" : "", "\(limit.name.escapedForTerminal) \(Self.number(limit.value))")
        }
        return lines.text(in: ink)
    }

    package func text(of answer: ReloadAnswer) -> String {
        var lines = LabelledLines()
        lines.add("reloaded", ModeText.described(answer.policy.mode, ink))
        add(answer.policy, to: &lines)
        for (index, key) in answer.needsRestart.enumerated() {
            lines.add(index == 0 ? "restart for" : "", ink.warning(key.escapedForTerminal))
        }
        return lines.text(in: ink)
    }

    package func text(of answer: DropCacheAnswer) -> String {
        "\(answer.dropped) cached answer\(answer.dropped == 1 ? "" : "s") dropped\n"
    }

    package func text(of answer: LockAnswer) -> String {
        answer.isLocked ? "\(ink.warning("locked")): AWS is not asked until it is unlocked\n" : "unlocked\n"
    }

    package func text(of answer: LogLevelAnswer) -> String {
        "log level \(answer.level.escapedForTerminal), \(answer.previous.escapedForTerminal) before\n"
    }

    private func add(_ policy: PolicyState, to lines: inout LabelledLines) {
        lines.add(
            "rules",
            "\(counted(policy.grants, "grant", "grants")), \(counted(policy.denies, "deny", "denies")), loaded "
                + RelativeTime.spelled(policy.loadedAt, from: now))
        lines.add("from", policy.file?.escapedForTerminal ?? "no file")
        lines.add("SHA-256", policy.sha256?.escapedForTerminal)
    }

    private func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
