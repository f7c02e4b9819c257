internal import CPlatform
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Rings when the event loop has looked at its sockets once more: what waits for the next turn goes on then, and whoever
/// has come meanwhile is served first. A task of the event loop cannot do that, for those that are due run before the
/// sockets are looked at; and a timer would have to wait.
final class TurnBell: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let onRing: () -> Void
    private var context: ChannelHandlerContext?

    private init(onRing: @escaping () -> Void) { self.onRing = onRing }

    /// Hangs up a bell that the switchboard rings.
    static func hang(in switchboard: NIOLoopBound<Switchboard>, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        // A semaphore that always has something to take: eventfd(2). One take is eight bytes.
        let descriptor = broker_endless_eventfd()
        guard descriptor >= 0 else {
            return eventLoop.makeFailedFuture(IOError(errnoCode: errno, reason: "eventfd"))
        }
        return NIOPipeBootstrap(group: eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let board = switchboard.value
                    let bell = TurnBell { [unowned board] in board.beginNextTurn() }
                    try channel.pipeline.syncOperations.addHandler(bell)
                    board.hang(bell)
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .map { _ in }
    }

    /// Asks for one ring.
    func ring() { context?.read() }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
    func channelReadComplete(context: ChannelHandlerContext) { onRing() }
}
