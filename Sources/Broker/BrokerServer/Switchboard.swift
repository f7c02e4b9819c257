internal import BrokerAccess
internal import BrokerCore
internal import BrokerWire
internal import CPlatform
internal import NIOCore

/// All connections of one event loop, and the one broker they talk to.
///
/// A turn of the loop ends with one commit of the audit records and then the replies that belong to them.
final class Switchboard {
    /// Connections sent away that get time to hang up themselves; with more of them the rest are closed at once.
    private static let turnedAwayAtMost = 64
    /// Connections that have to have gone before the memory they took is given back to the system (SCARS 24).
    private static let crowd = 1_024
    /// Between two parts of a sweep: a whole one takes a quarter of a second, however many connections there are.
    private static let betweenSweeps = TimeAmount.milliseconds(1)

    let broker: Broker
    let eventLoop: any EventLoop
    private var connections: [UInt64: ConnectionHandler] = [:]
    /// Connections sent away that still have to read why. They are few: each is closed within about a second.
    private var turnedAway: [UInt64: ConnectionHandler] = [:]
    /// Connections that are gone with requests still in flight. Each keeps its place until the last of them has landed,
    /// or who asks and leaves, again and again, could have any number of them waiting.
    private var departed: [UInt64: (caller: Caller, inFlight: Int)] = [:]
    /// The most connections since memory was last given back.
    private var mostConnections = 0
    private var lastNumber: UInt64 = 0
    private var withReplies: [ConnectionHandler] = []
    private var flushing: [ConnectionHandler] = []
    private var turnEndIsScheduled = false
    private let waitingForTurn = TurnQueues()
    private var bell: TurnBell?
    private var bellIsToRing = false
    private var sweep: RepeatedTask?
    private var swept = SweepOrder()
    private var whenEmpty: EventLoopPromise<Void>?

    init(broker: Broker, eventLoop: any EventLoop) {
        self.broker = broker
        self.eventLoop = eventLoop
    }

    func now() -> Moment { Moment.now() }

    /// A connection has been accepted: gives it its handler, which may have to send it away at once.
    func welcome(_ socket: ConnectedSocket, at door: Door) -> ConnectionHandler {
        let now = now()
        lastNumber += 1
        let caller = broker.caller(
            socket.peer, process: socket.process, connection: lastNumber, door: door, at: now)
        let conversation = Conversation(with: caller, limits: broker.limits, at: now)
        let handler = ConnectionHandler(
            caller: caller, socket: socket, conversation: conversation, switchboard: self)
        if let failure = broker.admit(caller) {
            handler.turnAway(failure, lingering: turnedAway.count < Self.turnedAwayAtMost)
            turnedAway[handler.number] = handler
        } else {
            connections[handler.number] = handler
            mostConnections = max(mostConnections, connections.count)
        }
        return handler
    }

    func closed(_ handler: ConnectionHandler) {
        turnedAway[handler.number] = nil
        if connections.removeValue(forKey: handler.number) != nil {
            broker.connectionClosed()
            if handler.inFlight > 0 {
                departed[handler.number] = (handler.caller, handler.inFlight)
            } else {
                broker.freePlace(of: handler.caller, at: now())
            }
        }
        settle()
    }
}

// MARK: - Flights

extension Switchboard {
    /// Starts a flight. This is the one unstructured task: the flight belongs to all who wait for it, and none of them may
    /// end it by leaving (SCARS 16). It ends by itself, for the upstream bounds every call in time.
    func launch(_ key: SessionKey) {
        let home = NIOLoopBound(self, eventLoop: eventLoop)
        let (upstream, eventLoop) = (broker.setup.upstream, eventLoop)
        Task {
            let outcome = await upstream.fetch(key)
            eventLoop.execute { home.value.land(key, with: outcome) }
        }
    }

    private func land(_ key: SessionKey, with outcome: FlightOutcome) {
        let now = now()
        deliver(broker.land(key, with: outcome, at: now), at: now)
    }

    func deliver(_ deliveries: [Broker.Delivery], at now: Moment) {
        for delivery in deliveries {
            if let handler = connections[delivery.connection] {
                handler.deliver(delivery.line, at: now)
            } else {
                landed(forDeparted: delivery.connection)
            }
        }
        // A record without anybody left to reply to is committed all the same; and what is left comes in the next turn.
        if !deliveries.isEmpty || broker.hasArrivals { scheduleTurnEnd() }
    }

    private func landed(forDeparted number: UInt64) {
        guard let (caller, inFlight) = departed[number] else { return }
        if inFlight > 1 {
            departed[number] = (caller, inFlight - 1)
        } else {
            departed[number] = nil
            broker.freePlace(of: caller, at: now())
        }
    }
}

// MARK: - Turns of the event loop

extension Switchboard {
    /// The connection has something to send at the end of this turn.
    func hasReplies(_ handler: ConnectionHandler) {
        guard handler.expectFlush() else { return }
        withReplies.append(handler)
        scheduleTurnEnd()
    }

    func scheduleTurnEnd() {
        guard !turnEndIsScheduled else { return }
        turnEndIsScheduled = true
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { me.value.endTurn() }
    }

    private func endTurn() {
        turnEndIsScheduled = false
        let isRecorded = broker.endTurn()
        swap(&withReplies, &flushing)
        for handler in flushing {
            if !isRecorded, handler.caller.door == .people { handler.withdrawReplies(saying: .auditUnavailable) }
            handler.flush()
        }
        flushing.removeAll(keepingCapacity: true)
        if !waitingForTurn.isEmpty || broker.hasArrivals { scheduleNextTurn() }
    }

    /// The user of this connection has had its part of this turn: the connection goes on in the next.
    func waitForTurn(_ handler: ConnectionHandler) {
        waitingForTurn.append(handler)
        scheduleTurnEnd()
    }

    /// From now on this bell is rung.
    func hang(_ bell: TurnBell) { self.bell = bell }

    /// The event loop looks at its sockets before what waits goes on, so that others get their turn.
    private func scheduleNextTurn() {
        guard !bellIsToRing, let bell else { return }
        bellIsToRing = true
        bell.ring()
    }

    /// The bell has rung.
    func beginNextTurn() {
        bellIsToRing = false
        let now = now()
        deliver(broker.arrivals(at: now), at: now)
        waitingForTurn.serve { handler in handler.goOn(at: now) }
        // Also where nobody has got a reply: the turn has to end for the next one to come.
        scheduleTurnEnd()
    }

    /// The user of this connection asked too often: it goes on after a while.
    func goOn(_ handler: ConnectionHandler, after seconds: Double) {
        let handler = NIOLoopBound(handler, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
            handler.value.goOnAfterPause()
        }
    }

    /// Looks at every connection's clocks, often enough for the shortest of the limits.
    func startSweeping() {
        let limits = broker.limits
        let shortest = min(limits.idleSeconds, limits.lineSeconds, limits.slowReaderSeconds, limits.requestSeconds)
        let period = TimeAmount.milliseconds(Int64(min(max(shortest / 4, 0.02), 0.5) * 1_000))
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        sweep = eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in me.value.sweepOnce() }
    }

    private func sweepOnce() {
        let now = now()
        deliver(broker.expire(at: now), at: now)
        for handler in turnedAway.values { handler.tick(at: now) }
        if swept.isOver {
            swept = SweepOrder(of: connections.keys)
            sweepSome()
        }
        broker.lookAfter(at: now)
        // What has been told to the record is committed, also where nobody gets a reply.
        scheduleTurnEnd()
        giveMemoryBack()
    }

    private func sweepSome() {
        let now = now()
        for number in swept.next() { connections[number]?.tick(at: now) }
        guard !swept.isOver else { return }
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.betweenSweeps) { me.value.sweepSome() }
    }

    private func giveMemoryBack() {
        guard mostConnections - connections.count >= Self.crowd else { return }
        mostConnections = connections.count
        broker_release_free_memory()
    }
}

// MARK: - Stopping

extension Switchboard {
    /// Takes no more requests that need AWS, ends connections that are at rest, the others with their last reply.
    ///
    /// - Returns: succeeds when no connection is left.
    func drain() -> EventLoopFuture<Void> {
        broker.drain(at: now())
        let promise = whenEmpty ?? eventLoop.makePromise(of: Void.self)
        whenEmpty = promise
        for handler in connections.values { handler.finish() }
        settle()
        return promise.futureResult
    }

    /// The time for draining is over: who still waits is told so.
    func giveUpWaiting() {
        let now = now()
        deliver(broker.giveUp(at: now), at: now)
        for handler in connections.values { handler.finish() }
    }

    /// Stops looking at clocks, for good, and ends the record.
    func stop() {
        sweep?.cancel()
        broker.stop(at: now())
    }

    func obey(_ order: OperatorSignal) {
        switch order {
        case .hangUp:
            broker.rotateRecord()
            run(.reload)
        case .dropCredentials: broker.dropCredentials(at: now())
        }
        scheduleTurnEnd()
    }

    private func settle() {
        guard connections.isEmpty, turnedAway.isEmpty, let promise = whenEmpty else { return }
        whenEmpty = nil
        promise.succeed(())
    }
}
