internal import BrokerAccess
internal import BrokerCore
internal import NIOCore

/// Carries out what one conversation decides: reads, sends, closes. Lives on the event loop, like everything it touches.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Seconds a client gets to read the last words before the connection is torn down.
    private static let lingerSeconds = 1.0
    /// An outbox that had to grow beyond this gives its memory back.
    private static let keptOutboxBytes = 4_096

    let number: UInt64
    let peer: Peer
    private let switchboard: Switchboard
    private var conversation: Conversation
    private var context: ChannelHandlerContext?
    private var outbox: [UInt8] = []
    /// Since when the connection only waits for its last bytes to be read.
    private var lingersSince: Moment?
    private var isReadPending = false
    private var isFlushExpected = false
    private var isOutputShut = false

    init(number: UInt64, peer: Peer, conversation: Conversation, switchboard: Switchboard) {
        self.number = number
        self.peer = peer
        self.conversation = conversation
        self.switchboard = switchboard
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelInactive(context: ChannelHandlerContext) { switchboard.closed(self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard lingersSince == nil else { return }
        let buffer = unwrapInboundIn(data)
        let verdict = conversation.received(
            buffer.readableBytesUInt8Span, at: switchboard.now(), broker: switchboard.broker, outbox: &outbox)
        carryOut(verdict)
    }

    func channelReadComplete(context: ChannelHandlerContext) { readOn(context) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let now = switchboard.now()
        guard context.channel.isWritable else { return conversation.outboxFilled(at: now) }
        carryOut(conversation.outboxDrained(at: now, broker: switchboard.broker, outbox: &outbox))
        if isReadPending { readOn(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        if lingersSince != nil { context.close(promise: nil) } else { carryOut(conversation.inputEnded()) }
    }

    /// The peer is gone, or the kernel says so; nobody is left to tell.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension ConnectionHandler {
    /// A reply from a flight.
    func deliver(_ line: [UInt8], at now: Moment) {
        guard lingersSince == nil else { return }
        outbox.append(contentsOf: line)
        carryOut(conversation.landed(at: now))
        switchboard.hasReplies(self)
    }

    func tick(at now: Moment) {
        if let lingersSince, now.seconds(since: lingersSince) >= Self.lingerSeconds {
            context?.close(promise: nil)
        } else if lingersSince == nil {
            carryOut(conversation.tick(at: now, broker: switchboard.broker, outbox: &outbox))
        }
    }

    /// The broker stops: what is in flight is answered, nothing more is asked.
    func finish() {
        guard lingersSince == nil else { return }
        carryOut(conversation.inputEnded())
    }

    func endWith(_ failure: Failure) {
        guard lingersSince == nil else { return }
        carryOut(conversation.endWith(failure, broker: switchboard.broker, outbox: &outbox))
    }

    private func carryOut(_ verdict: Conversation.Verdict) {
        for key in verdict.launches { switchboard.launch(key) }
        if verdict.hangsUp { lingersSince = switchboard.now() }
        if !outbox.isEmpty || verdict.hangsUp { switchboard.hasReplies(self) }
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
        if !outbox.isEmpty {
            let buffer = context.channel.allocator.buffer(bytes: outbox)
            if outbox.capacity > Self.keptOutboxBytes { outbox = [] } else { outbox.removeAll(keepingCapacity: true) }
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            if !context.channel.isWritable { conversation.outboxFilled(at: switchboard.now()) }
        }
        if lingersSince != nil { shutOutput(context) }
    }

    /// Once everything has been written (SCARS 17), shuts the output, not the socket: closing a Unix socket with unread
    /// input resets the connection, and the last words with it.
    private func shutOutput(_ context: ChannelHandlerContext) {
        guard !isOutputShut else { return }
        isOutputShut = true
        let nothing = wrapOutboundOut(context.channel.allocator.buffer(capacity: 0))
        context.writeAndFlush(nothing).assumeIsolated().whenComplete { [weak self] _ in
            self?.context?.close(mode: .output, promise: nil)
        }
        context.read()
    }

    /// Reads on, unless the client leaves its replies unread.
    private func readOn(_ context: ChannelHandlerContext) {
        isReadPending = !context.channel.isWritable || conversation.isHoldingBack
        if !isReadPending || lingersSince != nil { context.read() }
    }
}
