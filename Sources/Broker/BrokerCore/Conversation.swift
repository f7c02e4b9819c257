package import BrokerAccess
package import BrokerWire

/// One client's conversation: bytes in, replies out. Decides; never reads, writes or waits.
///
/// Its owner hands it what happened, sends what it appended to the outbox, and does what the verdict says.
package struct Conversation {
    /// What the owner does next.
    package struct Verdict: Equatable {
        /// Flights to start.
        package var launches: [SessionKey] = []
        /// Send the outbox, then close: nothing more will be answered.
        package var hangsUp = false
        /// The client does not even read the last words: do not wait for it.
        package var isUnheard = false
    }

    private enum Phase {
        /// Requests are answered. Exits: `closing` by a broken limit; `finishing` when the client has said its last, or the
        /// broker stops.
        case talking
        /// No more requests come; those in flight are still answered. Exit: `closing` with the last reply.
        case finishing
        /// The last word has been said. No exit.
        case closing
    }

    private var caller: Caller
    private let limits: Limits
    private var phase = Phase.talking
    private var splitter: LineSplitter
    /// Requests that wait for AWS.
    package var inFlight: Int { caller.inFlight }
    /// Bytes received but not looked at yet, because too many replies are unread.
    private var backlog: [UInt8] = [] { didSet { isHoldingBack = !backlog.isEmpty } }
    private var lastActivity: Moment
    private var lineBegan: Moment?
    /// Since when the client has taken none of the bytes that wait for it.
    private var unreadSince: Moment?
    /// Bytes that it has taken since it came.
    private var taken = 0

    /// `number` is the connection's number since the broker started.
    package init(number: UInt64, rights: Rights, limits: Limits, at now: Moment) {
        caller = Caller(connection: number, rights: rights, inFlight: 0)
        self.limits = limits
        splitter = LineSplitter(limit: limits.requestLineBytes)
        lastActivity = now
    }

    /// Whether received bytes wait for the client to read its replies.
    package private(set) var isHoldingBack = false

    /// Whether nothing is being answered or waited for.
    package var isAtRest: Bool { inFlight == 0 && !isHoldingBack }

    /// Bytes arrived.
    package mutating func received(
        _ bytes: Span<UInt8>, at now: Moment, broker: Broker, outbox: inout [UInt8]
    ) -> Verdict {
        guard phase == .talking else { return Verdict() }
        lastActivity = now
        guard !isHoldingBack else {
            backlog += bytes.indices.map { bytes[$0] }
            return Verdict()
        }
        return read(bytes, at: now, broker: broker, outbox: &outbox)
    }

    /// The client has read its replies: what was held back is looked at now.
    package mutating func outboxDrained(at now: Moment, broker: Broker, outbox: inout [UInt8]) -> Verdict {
        if unreadSince != nil, lineBegan != nil { lineBegan = now }
        unreadSince = nil
        guard isHoldingBack, phase != .closing else { return Verdict() }
        let held = backlog
        backlog = []
        var verdict = read(held.span, at: now, broker: broker, outbox: &outbox)
        if phase == .finishing, isAtRest { verdict.hangsUp = close() }
        return verdict
    }

    /// The client does not take more bytes for now.
    package mutating func outboxFilled(at now: Moment) { unreadSince = unreadSince ?? now }

    /// Bytes wait for the client, which has taken `taken` since it came: one more than before is progress.
    package mutating func outboxWaits(taken: Int, at now: Moment) {
        if unreadSince == nil || taken != self.taken { unreadSince = now }
        self.taken = taken
    }

    /// The reply to one of its requests in flight is being sent.
    package mutating func landed(at now: Moment) -> Verdict {
        caller.inFlight = max(0, caller.inFlight - 1)
        lastActivity = now
        return Verdict(hangsUp: phase == .finishing && isAtRest && close())
    }

    /// The client will send no more (it shut its side down), or the broker wants no more. An unfinished line is nobody's
    /// request and is dropped.
    package mutating func inputEnded() -> Verdict {
        guard phase == .talking else { return Verdict() }
        phase = .finishing
        lineBegan = nil
        return Verdict(hangsUp: isAtRest && close())
    }

    /// Time has passed: checks what may not last for ever.
    package mutating func tick(at now: Moment, broker: Broker, outbox: inout [UInt8]) -> Verdict {
        if phase == .closing { return Verdict(isUnheard: isUnreadTooLong(at: now)) }
        guard let failure = overdue(at: now) else { return Verdict() }
        return endWith(failure, broker: broker, outbox: &outbox)
    }

    /// Says why, and ends.
    package mutating func endWith(_ failure: Failure, broker: Broker, outbox: inout [UInt8]) -> Verdict {
        broker.refuse(failure, id: nil, replyTo: &outbox)
        return Verdict(hangsUp: close())
    }
}

extension Conversation {
    private mutating func read(
        _ bytes: Span<UInt8>, at now: Moment, broker: Broker, outbox: inout [UInt8]
    ) -> Verdict {
        var verdict = Verdict()
        let pendingLimit = limits.replyBytesPending
        var caller = self.caller
        var hasEndedLine = false
        do {
            let taken = try splitter.feed(bytes) { line in
                hasEndedLine = true
                Self.answer(line, caller: &caller, at: now, broker: broker, outbox: &outbox, &verdict)
                return outbox.count < pendingLimit
            }
            self.caller.inFlight = caller.inFlight
            if taken < bytes.count { backlog = (taken..<bytes.count).map { bytes[$0] } }
            let continuesLine = phase == .talking && splitter.isInsideLine
            lineBegan = continuesLine ? (hasEndedLine ? now : lineBegan ?? now) : nil
            return verdict
        } catch {
            self.caller.inFlight = caller.inFlight
            let last = endWith(.lineTooLong(limit: limits.requestLineBytes), broker: broker, outbox: &outbox)
            verdict.hangsUp = last.hangsUp
            return verdict
        }
    }

    private static func answer(
        _ line: Span<UInt8>, caller: inout Caller, at now: Moment,
        broker: Broker, outbox: inout [UInt8], _ verdict: inout Verdict
    ) {
        let request: Request
        do {
            request = try RequestParser.parse(line)
        } catch {
            return broker.refuse(.refused(error), id: error.id, replyTo: &outbox)
        }
        switch broker.ask(request, from: caller, at: now, replyTo: &outbox) {
        case .answered: break
        case .waiting: caller.inFlight += 1
        case .launch(let key):
            caller.inFlight += 1
            verdict.launches.append(key)
        }
    }

    private func overdue(at now: Moment) -> Failure? {
        if isUnreadTooLong(at: now) { return .readsTooSlowly(seconds: limits.slowReaderSeconds) }
        // While replies are unread nothing is read here either, and a line cannot end.
        if let lineBegan, unreadSince == nil, now.seconds(since: lineBegan) >= limits.lineSeconds {
            return .lineTooSlow(seconds: limits.lineSeconds)
        }
        if isAtRest, unreadSince == nil, now.seconds(since: lastActivity) >= limits.idleSeconds {
            return .idle(seconds: limits.idleSeconds)
        }
        return nil
    }

    private func isUnreadTooLong(at now: Moment) -> Bool {
        unreadSince.map { now.seconds(since: $0) >= limits.slowReaderSeconds } ?? false
    }

    /// Always true, for the verdict.
    private mutating func close() -> Bool {
        phase = .closing
        backlog = []
        return true
    }
}
