package import BrokerWire

/// One client's conversation: bytes in, replies out. Decides; never reads, writes or waits.
///
/// Its owner hands it what happened, sends what it appended to the outbox, and does what the verdict says.
package struct Conversation {
    /// What the owner does next.
    package struct Verdict: Equatable {
        /// Flights to start.
        package var launches: [SessionKey] = []
        /// Errands to run.
        package var errands: [Errand] = []
        /// Send the outbox, then close: nothing more will be answered.
        package var hangsUp = false
        /// The client does not even read the last words: do not wait for it.
        package var isUnheard = false
        /// When to call `goOn`: bytes are held back until then, and no more should be read.
        package var resumes = Resumption.notNeeded
    }

    package enum Resumption: Equatable {
        case notNeeded
        /// In the next turn of the event loop: this user has had its part of this one.
        case nextTurn
        /// After so many seconds: this user has asked too often.
        case after(seconds: Double)
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

    /// Seconds that a connection is not read from, at the least, when its user has asked too often.
    private static let shortestPause = 0.1
    /// Seconds without a request after which the caller's process is not held any longer.
    private static let processKeptSeconds = 2.0

    package let caller: Caller
    private let limits: Limits
    private var phase = Phase.talking
    private var splitter: LineSplitter
    /// Bytes received but not looked at yet: too many replies are unread, or it is not this user's turn.
    private var backlog = Backlog()
    /// Whether `goOn` is owed, and received bytes wait for it.
    private var isPostponed = false
    private var lastActivity: Moment
    private var lineBegan: Moment?
    /// Since when the client has taken none of the bytes that wait for it.
    private var unreadSince: Moment?
    /// Bytes that it has taken since it came.
    private var taken = 0

    package init(with caller: Caller, limits: Limits, at now: Moment) {
        self.caller = caller
        self.limits = limits
        splitter = LineSplitter(limit: limits.requestLineBytes)
        lastActivity = now
    }

    /// Requests that wait for AWS.
    package var inFlight: Int { caller.inFlight }

    /// Whether received bytes wait, for the client to read its replies or for its user's turn.
    package var isHoldingBack: Bool { isPostponed || !backlog.isEmpty }

    /// Whether nothing is being answered or waited for.
    package var isAtRest: Bool { inFlight == 0 && !isHoldingBack }

    /// Bytes kept here: a line that has not ended, and what is held back.
    package var bytesHeld: Int { backlog.count + splitter.bytesHeld }

    /// Bytes arrived.
    package mutating func received(
        _ bytes: Span<UInt8>, at now: Moment, broker: Broker, outbox: inout [UInt8]
    ) -> Verdict {
        guard phase == .talking else { return Verdict() }
        lastActivity = now
        guard !isHoldingBack else {
            backlog.append(bytes, from: 0)
            return Verdict()
        }
        guard !caller.share.hasQueue, broker.spend(of: caller) else {
            backlog.append(bytes, from: 0)
            isPostponed = true
            return Verdict(resumes: .nextTurn)
        }
        var verdict = Verdict()
        let taken = read(bytes, at: now, broker: broker, outbox: &outbox, &verdict)
        if phase != .closing { backlog.append(bytes, from: taken) }
        return verdict
    }

    /// The client has read its replies: what was held back is looked at now.
    package mutating func outboxDrained(at now: Moment, broker: Broker, outbox: inout [UInt8]) -> Verdict {
        if unreadSince != nil, lineBegan != nil { lineBegan = now }
        unreadSince = nil
        guard isHoldingBack, !isPostponed, phase != .closing else { return Verdict() }
        return readBacklog(at: now, broker: broker, outbox: &outbox)
    }

    /// What a verdict asked for has come: the user's next turn, or the end of its pause.
    package mutating func goOn(at now: Moment, broker: Broker, outbox: inout [UInt8]) -> Verdict {
        guard isPostponed, phase != .closing else { return Verdict() }
        guard broker.spend(of: caller) else {
            return Verdict(resumes: .nextTurn)
        }
        isPostponed = false
        // Replies that nobody reads hold it back still: they will be drained, or are too many for too long.
        guard unreadSince == nil else { return Verdict() }
        return readBacklog(at: now, broker: broker, outbox: &outbox)
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
        if isAtRest, now.seconds(since: lastActivity) >= Self.processKeptSeconds { caller.letProcessGo() }
        guard let failure = overdue(at: now) else { return Verdict() }
        return endWith(failure, broker: broker, outbox: &outbox)
    }

    /// Says why, and ends.
    package mutating func endWith(_ failure: Failure, broker: Broker, outbox: inout [UInt8]) -> Verdict {
        guard phase != .closing else { return Verdict() }
        broker.refuse(failure, id: nil, to: caller, replyTo: &outbox)
        return Verdict(hangsUp: close())
    }
}

extension Conversation {
    private mutating func readBacklog(at now: Moment, broker: Broker, outbox: inout [UInt8]) -> Verdict {
        let held = backlog
        backlog = Backlog()
        var verdict = Verdict()
        let rest = held.bytes.span.extracting(held.range)
        let taken = read(rest, at: now, broker: broker, outbox: &outbox, &verdict)
        if phase != .closing { backlog = held.dropping(taken) }
        if phase == .finishing, isAtRest { verdict.hangsUp = close() }
        return verdict
    }

    /// Reads lines, as far as is time and room for their replies.
    ///
    /// - Returns: how many bytes were read; the rest is for later.
    private mutating func read(
        _ bytes: Span<UInt8>, at now: Moment, broker: Broker, outbox: inout [UInt8], _ verdict: inout Verdict
    ) -> Int {
        let (caller, pendingLimit) = (caller, limits.replyBytesPending)
        var hasEndedLine = false
        do {
            let taken = try splitter.feed(bytes) { line in
                // The read has paid for its first line.
                if hasEndedLine, !broker.spend(of: caller) {
                    verdict.resumes = .nextTurn
                    return .leave
                }
                hasEndedLine = true
                Self.answer(line, caller, at: now, broker: broker, outbox: &outbox, &verdict)
                return outbox.count < pendingLimit && verdict.resumes == .notNeeded ? .goOn : .stop
            }
            isPostponed = verdict.resumes != .notNeeded
            let continuesLine = phase == .talking && splitter.isInsideLine
            lineBegan = continuesLine ? (hasEndedLine ? now : lineBegan ?? now) : nil
            return taken
        } catch {
            let last = endWith(.lineTooLong(limit: limits.requestLineBytes), broker: broker, outbox: &outbox)
            verdict.hangsUp = last.hangsUp
            return bytes.count
        }
    }

    private static func answer(
        _ line: Span<UInt8>, _ caller: Caller, at now: Moment, broker: Broker, outbox: inout [UInt8],
        _ verdict: inout Verdict
    ) {
        if let seconds = caller.share.takeRequest(at: now) {
            let pause = max(seconds, shortestPause)
            verdict.resumes = .after(seconds: pause)
            let id = RequestParser.id(of: line)
            return broker.refuse(.tooManyRequests(seconds: pause), id: id, to: caller, replyTo: &outbox)
        }
        let request: Request
        do {
            request = try RequestParser.parse(line, at: caller.door)
        } catch {
            return broker.refuse(.refused(error), id: error.id, to: caller, replyTo: &outbox)
        }
        switch broker.ask(request, from: caller, at: now, replyTo: &outbox) {
        case .answered: break
        case .waiting: caller.inFlight += 1
        case .launch(let key):
            caller.inFlight += 1
            verdict.launches.append(key)
        case .errand(let errand):
            caller.inFlight += 1
            verdict.errands.append(errand)
        }
    }

    private func overdue(at now: Moment) -> Failure? {
        if isUnreadTooLong(at: now) { return .readsTooSlowly(seconds: limits.slowReaderSeconds) }
        // While nothing is read here, a line cannot end.
        if let lineBegan, unreadSince == nil, !isHoldingBack, now.seconds(since: lineBegan) >= limits.lineSeconds {
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
        backlog = Backlog()
        splitter = LineSplitter(limit: limits.requestLineBytes)
        isPostponed = false
        return true
    }
}
