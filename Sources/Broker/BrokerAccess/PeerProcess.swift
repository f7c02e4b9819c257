internal import CPlatform
internal import Glibc

/// The process that called connect(2), held by its pidfd (SO_PEERPIDFD, Linux 6.5), so that another one that gets its number
/// is never taken for it.
///
/// A descriptor that was passed on changes nothing: this stays the process that opened the connection. Not Sendable: it
/// belongs to whoever owns the connection.
package final class PeerProcess {
    /// Looks that a process may spoil by running one program after another, before it counts as hidden.
    private static let tries = 3

    private let pid: Int32
    /// Either of the two stands.
    private let pidfd: CInt?
    private let obstacle: ProcessSight
    /// What was seen last, with the mark that tells whether it still holds.
    private var seen: ProcessReading?

    /// - Parameters:
    ///   - descriptor: the connection, a Unix socket; it stays the caller's.
    ///   - pid: as SO_PEERCRED says.
    package init(connection descriptor: CInt, pid: Int32) {
        self.pid = pid
        let pidfd = broker_peer_pidfd(descriptor)
        let error = errno
        switch (pidfd, error) {
        case (0..., _) where pid > 0:
            self.pidfd = pidfd
            obstacle = .ended
        case (0..., _):
            close(pidfd)
            self.pidfd = nil
            obstacle = .hidden("it lives in a pid namespace that the broker cannot see into")
        case (_, ENOPROTOOPT):
            self.pidfd = nil
            obstacle = .hidden("this kernel has no SO_PEERPIDFD: Linux 6.5 is needed")
        // Before Linux 6.16 there is no pidfd of a process that has been waited for.
        case (_, ESRCH), (_, EINVAL):
            self.pidfd = nil
            obstacle = .ended
        default:
            self.pidfd = nil
            obstacle = .hidden("SO_PEERPIDFD: \(SystemError(number: error))")
        }
    }

    deinit { if let pidfd { close(pidfd) } }

    /// What the process runs, and where. What was seen before holds until the process executes another program or ends;
    /// telling so is one system call. A new look takes a dozen.
    package func look() -> ProcessSight {
        guard let pidfd else { return obstacle }
        if let seen {
            // Without an image nothing but the end is noticed; nor is anything told that a grant could rest on.
            if seen.image?.isStillRun ?? !hasEnded(pidfd) { return .alive(seen.facts) }
            self.seen = nil
        }
        for _ in 0..<Self.tries {
            guard !hasEnded(pidfd) else { return .ended }
            let reading = ProcessReading(pid: pid)
            // All of that was read by number. The process being alive, the number has been nobody else's.
            guard !hasEnded(pidfd) else { return .ended }
            guard reading.image?.isStillRun ?? true else { continue }
            if !reading.isPassing { seen = reading }
            return .alive(reading.facts)
        }
        return .hidden("it runs one program after another")
    }

    /// Whether what was seen last still holds: less than a look, which would say the same.
    package var isAsSeen: Bool {
        guard let pidfd, let seen else { return false }
        return seen.image?.isStillRun ?? !hasEnded(pidfd)
    }

    /// A pidfd becomes readable when its process ends: pidfd_open(2).
    private func hasEnded(_ pidfd: CInt) -> Bool {
        var poll = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        // SAFETY: one entry, which lives for the call.
        return unsafe Glibc.poll(&poll, 1, 0) != 0
    }
}
