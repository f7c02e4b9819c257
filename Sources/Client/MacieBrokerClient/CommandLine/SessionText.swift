/// A session for people to read.
package struct SessionText {
    private let answer: SessionAnswer
    private let now: BrokerTimestamp
    private let ink: Ink

    package init(_ answer: SessionAnswer, now: BrokerTimestamp, ink: Ink) {
        self.answer = answer
        self.now = now
        self.ink = ink
    }

    /// One line for each thing that AWS told, and one for where it comes from.
    package var text: String {
        let session = answer.session
        var lines = LabelledLines()
        lines.add("status", session.status.map(status))
        lines.add("publishes findings", session.findingPublishingFrequency.map(frequency))
        lines.add("created", session.createdAt.map(instant))
        lines.add("updated", session.updatedAt.map(instant))
        lines.add("service role", session.serviceRole?.escapedForTerminal)
        lines.add("profile", answer.provenance.profile.escapedForTerminal)
        lines.add("region", answer.provenance.region.escapedForTerminal)
        lines.add("answer", source)
        return lines.text(in: ink)
    }

    private func status(_ status: String) -> String {
        let text = status.escapedForTerminal
        return status == "ENABLED" ? ink.good(text) : ink.warning(text)
    }

    private func frequency(_ frequency: String) -> String {
        switch frequency {
        case "FIFTEEN_MINUTES": "every 15 minutes"
        case "ONE_HOUR": "every hour"
        case "SIX_HOURS": "every 6 hours"
        default: frequency.escapedForTerminal
        }
    }

    private func instant(_ instant: BrokerTimestamp) -> String {
        "\(instant.rfc3339) (\(RelativeTime.spelled(instant, from: now)))"
    }

    private var source: String {
        let provenance = answer.provenance
        let when = RelativeTime.spelled(provenance.fetchedAt, from: now)
        var text = provenance.cached ? "from the broker's cache, fetched \(when)" : "from AWS, \(when)"
        if provenance.attempts > 1 { text += ", after \(provenance.attempts) attempts" }
        if let requestID = provenance.requestID { text += ", request \(requestID.escapedForTerminal)" }
        return text
    }
}
