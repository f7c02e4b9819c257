/// Credentials as a table for people: what is held, until when, and how the last renewal went.
package struct CredentialsText {
    private let now: BrokerTimestamp
    private let ink: Ink

    package init(now: BrokerTimestamp, ink: Ink) {
        self.now = now
        self.ink = ink
    }

    package func text(of answer: CredentialsAnswer) -> String {
        guard !answer.credentials.isEmpty else { return "no credentials\n" }
        let heading = ["profile", "source", "user", "key", "expires", "last refresh"]
        let rows = answer.credentials.map(cells)
        let widths = heading.indices.map { column in
            ([heading] + rows.map(\.words)).map { $0[column].count }.max() ?? 0
        }
        func line(_ words: [String], last: String) -> String {
            zip(words.dropLast(), widths).map { word, width in
                word + String(repeating: " ", count: width - word.count + 2)
            }.joined() + last + "\n"
        }
        return ink.label(line(heading, last: heading[heading.count - 1]))
            + rows.map { line($0.words, last: $0.isGood ? $0.words[5] : ink.bad($0.words[5])) }.joined()
    }

    package func text(of answer: AddedCredentialsAnswer) -> String {
        let entry = answer.entry
        let end = entry.expiresAt.map { "until \($0.rfc3339), \(RelativeTime.spelled($0, from: now))" }
        return "profile \(entry.profile.escapedForTerminal) has key \(key(of: entry)) "
            + "\(end ?? "until it is removed")\n"
    }

    package func text(of answer: WipedCredentialsAnswer) -> String {
        "\(answer.count) credential\(answer.count == 1 ? "" : "s") wiped\n"
    }

    private func cells(_ entry: CredentialEntryAnswer) -> (words: [String], isGood: Bool) {
        let words = [
            entry.profile.escapedForTerminal, entry.source.escapedForTerminal, user(of: entry), key(of: entry),
            expiry(of: entry), refresh(of: entry),
        ]
        return (words, entry.lastRefresh?.isGood ?? true)
    }

    private func user(of entry: CredentialEntryAnswer) -> String {
        guard let user = entry.user else { return "everybody" }
        return user.name.map { "\($0.escapedForTerminal) (\(user.uid))" } ?? "\(user.uid)"
    }

    private func key(of entry: CredentialEntryAnswer) -> String {
        entry.accessKeyIDEnd.map { "…\($0.escapedForTerminal)" } ?? "none"
    }

    private func expiry(of entry: CredentialEntryAnswer) -> String {
        if let end = entry.expiresAt { return RelativeTime.spelled(end, from: now) }
        return entry.accessKeyIDEnd == nil ? "-" : "never"
    }

    private func refresh(of entry: CredentialEntryAnswer) -> String {
        guard let refresh = entry.lastRefresh else { return "never" }
        let time = RelativeTime.spelled(refresh.time, from: now)
        guard !refresh.isGood else { return "\(time), ok" }
        let reason = refresh.reason.map { ": \($0.escapedForTerminal)" } ?? ""
        return "\(time), failed\(reason)" + (refresh.remedy.map { " (\($0.escapedForTerminal))" } ?? "")
    }
}
