/// How the broker is, for people to read.
package struct StatusText {
    private let status: StatusAnswer
    private let now: BrokerTimestamp
    private let ink: Ink

    package init(_ status: StatusAnswer, now: BrokerTimestamp, ink: Ink) {
        self.status = status
        self.now = now
        self.ink = ink
    }

    package var text: String { lines.text(in: ink) }

    var lines: LabelledLines {
        var lines = LabelledLines()
        lines.add(
            "broker",
            "\(status.name.escapedForTerminal) \(status.version.escapedForTerminal), "
                + "protocol \(status.protocolVersion), pid \(status.pid)")
        lines.add("socket", status.socket.escapedForTerminal)
        lines.add(
            "running", "for \(RelativeTime.spelled(seconds: status.uptimeSeconds)), since \(status.startedAt.rfc3339)")
        lines.add("policy", status.mode.map { ModeText.described($0, ink) })
        if status.isLocked == true { lines.add("lock", ink.warning("locked: AWS is not asked until it is unlocked")) }
        lines.add("audit", status.audit.map(described))
        if status.profiles.isEmpty { lines.add("profiles", "none that you may use") }
        for (index, profile) in status.profiles.enumerated() {
            lines.add(index == 0 ? "profiles" : "", described(profile))
        }
        let connections = status.connections
        lines.add(
            "connections",
            "\(connections.open) open, \(connections.accepted) accepted, \(connections.refused) refused")
        let requests = status.requests
        lines.add(
            "requests", "\(requests.answered) answered, \(requests.refused) refused, \(requests.failed) failed")
        lines.add(
            "cache", "\(status.cache.entries) entries, \(status.cache.hits) hits, \(status.cache.misses) misses")
        lines.add("AWS", "\(status.upstream.calls) calls, \(status.upstream.failures) failed")
        return lines
    }

    /// The head is written as `macie-brokerd audit verify --head` takes it.
    private func described(_ audit: StatusAnswer.Audit) -> String {
        let head = "head \(audit.sequence):\(audit.sha256.escapedForTerminal)"
        return "\(audit.isAvailable ? ink.good("recording") : ink.bad("cannot be written")), \(head)"
    }

    private func described(_ profile: StatusAnswer.Profile) -> String {
        let credentials = profile.credentials
        let isReady = credentials.state == "ready"
        let state = credentials.state.escapedForTerminal
        var text = profile.name.escapedForTerminal
        if let region = profile.region { text += " in \(region.escapedForTerminal)" }
        text += ", credentials from \(credentials.source.escapedForTerminal) "
        text += isReady ? ink.good(state) : ink.bad(state)
        if let expiresAt = credentials.expiresAt {
            text += ", \(expiresAt < now ? "expired" : "expire") \(RelativeTime.spelled(expiresAt, from: now))"
        }
        if let reason = credentials.reason { text += ": \(reason.escapedForTerminal)" }
        return text
    }
}
