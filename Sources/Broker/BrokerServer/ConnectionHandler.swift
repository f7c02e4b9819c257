internal import BrokerCore
internal import BrokerWire
internal import NIOCore

/// Carries out what one conversation decides: reads, sends, closes. Lives on the event loop, like everything it touches.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Stage {
        /// Requests are read and answered. Exit: `ending` with the conversation's last word.
        case serving
        /// The last words are on their way; what still comes in is read and dropped. Exits: `lingering` when the kernel
        /// has them all; closed, when the client takes none of them for too long, but not before `lingerSeconds`.
        case ending(since: Moment)
        /// The client may read its last words and hang up. Exit: closed, by the client or after `lingerSeconds`.
        case lingering(since: Moment)
    }

    /// Seconds a client gets to hang up itself before the connection is torn down.
    private static let lingerSeconds = 1.0
    /// An outbox that had to grow beyond this gives its memory back.
    private static let keptOutboxBytes = 4_096

    let caller: Caller
    private let switchboard: Switchboard
    private var conversation: Conversation
    private var context: ChannelHandlerContext?
    /// The context's channel: asking the pipeline for it each time is a twentieth of a request.
    private var channel: (any Channel)?
    private let socket: ConnectedSocket
    private var stage = Stage.serving
    private var outbox: [UInt8] = []
    /// Bytes sent since the client came, by the socket or by the channel.
    private var sent = 0
    /// Bytes that the channel has taken and the kernel has not.
    private var inChannel = 0
    /// What the broker knows to be waiting here.
    private var notedPending = 0
    private var lingers = true
    private var isReadPending = false
    private var isFlushExpected = false
    private var isOutputShut = false

    init(caller: Caller, socket: ConnectedSocket, conversation: Conversation, switchboard: Switchboard) {
        self.caller = caller
        self.socket = socket
        self.conversation = conversation
        self.switchboard = switchboard
    }

    var number: UInt64 { caller.connection }

    private var isWritable: Bool { channel?.isWritable ?? false }

    /// Requests that wait for AWS.
    var inFlight: Int { conversation.inFlight }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        channel = context.channel
    }

    /// The end of every connection, also of one that never became active.
    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        channel = nil
        socket.close()
        notePending(nothing: true)
        switchboard.closed(self)
    }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    /// The descriptor is closed, and may be another connection's from now on.
    func channelInactive(context: ChannelHandlerContext) { socket.close() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .serving = stage else { return }
        let buffer = unwrapInboundIn(data)
        let verdict = conversation.received(
            buffer.readableBytesUInt8Span, at: switchboard.now(), broker: switchboard.broker, outbox: &outbox)
        carryOut(verdict)
        notePending()
    }

    func channelReadComplete(context: ChannelHandlerContext) { readOn(context) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard isWritable else { return conversation.outboxFilled(at: switchboard.now()) }
        resume(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        switch stage {
        case .serving: carryOut(conversation.inputEnded())
        // It may still be reading.
        case .ending: break
        case .lingering: context.close(promise: nil)
        }
    }

    /// The peer is gone, or the kernel says so; nobody is left to tell.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension ConnectionHandler {
    /// A reply from a flight.
    func deliver(_ line: [UInt8], at now: Moment) {
        let verdict = conversation.landed(at: now)
        guard case .serving = stage else { return }
        outbox.append(contentsOf: line)
        carryOut(verdict)
    }

    /// The user's next turn has come. Answers whether it has had its part of that one too.
    func goOn(at now: Moment) -> Conversation.Resumption {
        guard let context else { return .notNeeded }
        var verdict = conversation.goOn(at: now, broker: switchboard.broker, outbox: &outbox)
        let resumption = verdict.resumes
        // It is waiting in the right place already.
        if resumption == .nextTurn { verdict.resumes = .notNeeded }
        carryOut(verdict)
        if isReadPending { readOn(context) }
        notePending()
        return resumption
    }

    /// The user may ask again.
    func goOnAfterPause() {
        if goOn(at: switchboard.now()) == .nextTurn { switchboard.waitForTurn(self) }
    }

    func tick(at now: Moment) {
        noteProgress(at: now)
        let verdict = conversation.tick(at: now, broker: switchboard.broker, outbox: &outbox)
        switch stage {
        case .serving: carryOut(verdict)
        case .ending(let since) where verdict.isUnheard, .lingering(let since):
            if now.seconds(since: since) >= Self.lingerSeconds { context?.close(promise: nil) }
        case .ending: break
        }
    }

    /// The broker stops: what is in flight is answered, nothing more is asked.
    func finish() {
        guard case .serving = stage else { return }
        carryOut(conversation.inputEnded())
    }

    /// The records of this turn could not be written: nobody hears what should have been recorded.
    func withdrawReplies(saying failure: Failure) {
        if !outbox.isEmpty { outbox = ReplyWriter.withdraw(outbox, saying: ErrorReply(failure)) }
    }

    /// Sends the client away. `lingering` says whether there is time for it to hang up itself.
    func turnAway(_ failure: Failure, lingering: Bool) {
        lingers = lingering
        carryOut(conversation.endWith(failure, broker: switchboard.broker, outbox: &outbox))
    }

    private func carryOut(_ verdict: Conversation.Verdict) {
        for key in verdict.launches { switchboard.launch(key) }
        for errand in verdict.errands { switchboard.run(errand) }
        if verdict.hangsUp { stage = .ending(since: switchboard.now()) }
        if !outbox.isEmpty || verdict.hangsUp { switchboard.hasReplies(self) }
        switch verdict.resumes {
        case .notNeeded: break
        case .nextTurn: switchboard.waitForTurn(self)
        case .after(let seconds): switchboard.goOn(self, after: seconds)
        }
    }

    /// Tells the conversation how far the client has read, where that is not plain.
    private func noteProgress(at now: Moment) {
        guard let context else { return }
        if case .serving = stage, isWritable { return }
        guard let waiting = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes), waiting > 0 else {
            return
        }
        conversation.outboxWaits(taken: sent &- waiting, at: now)
    }

    /// Notes that `flush` will come at the end of this turn. Returns false when that was known already.
    func expectFlush() -> Bool {
        defer { isFlushExpected = true }
        return !isFlushExpected
    }

    /// Sends what has been decided in this turn; its records have been committed just before.
    func flush() {
        isFlushExpected = false
        guard let context else { return }
        if !outbox.isEmpty { send(context) }
        // Sending may itself have let held-back requests go on: their replies come with the next turn.
        if case .ending = stage, outbox.isEmpty { shutOutput(context) }
    }

    /// Straight to the socket what the kernel takes at once, which is nearly always everything; the rest by the channel.
    private func send(_ context: ChannelHandlerContext) {
        let taken = inChannel == 0 ? socket.send(outbox) : 0
        sent &+= outbox.count
        if taken < outbox.count { sendByChannel(context, from: taken) }
        if outbox.capacity > Self.keptOutboxBytes { outbox = [] } else { outbox.removeAll(keepingCapacity: true) }
        notePending()
        guard isWritable else { return conversation.outboxFilled(at: switchboard.now()) }
        // So little was sent that the channel never turned unwritable, and will not say that it is writable again.
        if isReadPending, outbox.isEmpty { resume(context) }
    }

    private func sendByChannel(_ context: ChannelHandlerContext, from start: Int) {
        let bytes = outbox[start...]
        inChannel += bytes.count
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [weak self, count = bytes.count] _ in
            self?.wrote(count)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: written)
    }

    private func wrote(_ count: Int) {
        inChannel -= count
        notePending()
    }

    /// Tells the broker how much waits here, when that has changed. One that lets too much wait has to go.
    private func notePending(nothing: Bool = false) {
        let pending = nothing ? 0 : conversation.bytesHeld + inChannel
        // Of a connection that is gone nothing waits, whatever is still heard of it.
        guard pending != notedPending, nothing || context != nil else { return }
        let failure = switchboard.broker.notePending(pending - notedPending, of: caller)
        notedPending = pending
        guard let failure, case .serving = stage else { return }
        carryOut(conversation.endWith(failure, broker: switchboard.broker, outbox: &outbox))
        // What it has let go of by ending is room for others at once.
        notePending()
    }

    /// Once everything has been written (SCARS 17), shuts the output, not the socket: closing a Unix socket with unread
    /// input fails a client that still writes, before it reads the last words.
    private func shutOutput(_ context: ChannelHandlerContext) {
        guard !isOutputShut else { return }
        isOutputShut = true
        let nothing = wrapOutboundOut(ByteBuffer())
        context.writeAndFlush(nothing).assumeIsolated().whenComplete { [weak self] _ in self?.linger() }
        context.read()
    }

    private func linger() {
        stage = .lingering(since: switchboard.now())
        context?.close(mode: lingers ? .output : .all, promise: nil)
    }

    /// The client has read its replies: what was held back is looked at, and reading goes on.
    private func resume(_ context: ChannelHandlerContext) {
        carryOut(conversation.outboxDrained(at: switchboard.now(), broker: switchboard.broker, outbox: &outbox))
        if isReadPending { readOn(context) }
    }

    /// Reads on, unless the client leaves its replies unread.
    private func readOn(_ context: ChannelHandlerContext) {
        if case .serving = stage {
            isReadPending = !isWritable || conversation.isHoldingBack
        } else {
            isReadPending = false
        }
        if !isReadPending { context.read() }
    }
}
