internal import BrokerAccess
package import BrokerCore
internal import CPlatform
package import Logging
internal import NIOCore
package import NIOPosix
internal import ServiceLifecycle

/// Listens, accepts, reads, writes, drains: the only inbound I/O. Everything happens on one event loop.
package struct BrokerServer: Service {
    /// Connections that may wait to be accepted; the kernel holds it down to net.core.somaxconn.
    private static let backlog: Int32 = 4_096
    /// After the path is gone, for how long those who connected or wrote just before are still served.
    private static let lastCall = TimeAmount.milliseconds(50)
    /// Bytes of replies in a channel's own queue above which it counts as unread.
    private static let unreadBytes = ChannelOptions.Types.WriteBufferWaterMark(low: 32_768, high: 131_072)

    private let socket: BoundSocket
    private let group: MultiThreadedEventLoopGroup
    private let makeBroker: @Sendable () -> Broker
    private let upstream: any Upstream
    private let drainSeconds: Double
    private let logger: Logger
    private let whenReady: @Sendable () async -> Void

    /// `group` has one event loop, for more are not used. `makeBroker` is called once, on the loop the broker will live on;
    /// `whenReady` once clients can connect. When the broker stops, requests in flight are waited for `drainSeconds` long.
    package init(
        socket: BoundSocket, group: MultiThreadedEventLoopGroup, upstream: any Upstream, drainSeconds: Double,
        logger: Logger, makeBroker: @escaping @Sendable () -> Broker, whenReady: @escaping @Sendable () async -> Void
    ) {
        self.socket = socket
        self.group = group
        self.makeBroker = makeBroker
        self.upstream = upstream
        self.drainSeconds = drainSeconds
        self.logger = logger
        self.whenReady = whenReady
    }

    /// Serves until a graceful shutdown, then finishes what flies.
    package func run() async throws {
        defer { socket.release() }
        let eventLoop = group.next()
        let switchboard = try await eventLoop.submit { [makeBroker, upstream] in
            let board = Switchboard(broker: makeBroker(), upstream: upstream, eventLoop: eventLoop)
            board.startSweeping()
            return NIOLoopBound(board, eventLoop: eventLoop)
        }.get()
        let listener = try await listen(switchboard)
        await whenReady()
        try? await gracefulShutdown()
        await drain(switchboard, listener, on: eventLoop)
    }

    private func listen(_ switchboard: NIOLoopBound<Switchboard>) async throws -> any Channel {
        let logger = logger
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.writeBufferWaterMark, value: Self.unreadBytes)
            .childChannelInitializer { channel in
                // Before any byte: nothing has been read from this channel yet.
                Self.peer(of: channel).assumeIsolated().flatMapThrowing { peer in
                    try channel.pipeline.syncOperations.addHandler(switchboard.value.welcome(peer))
                }.nonisolated().flatMapErrorThrowing { error in
                    logger.error("a connection without peer credentials was closed", metadata: ["error": "\(error)"])
                    throw error
                }
            }
            .withBoundSocket(socket.descriptor).get()
    }

    private static func peer(of channel: any Channel) -> EventLoopFuture<Peer> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        // SO_PEERCRED fills a `struct ucred`, of which broker_peer_credentials is a copy, size checked in C.
        let credentials: EventLoopFuture<broker_peer_credentials> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: broker_so_peercred))
        return credentials.map { Peer($0) }
    }

    private func drain(
        _ switchboard: NIOLoopBound<Switchboard>, _ listener: any Channel, on eventLoop: any EventLoop
    ) async {
        socket.removePath()
        let patience = TimeAmount.milliseconds(Int64(drainSeconds * 1_000))
        let drained = eventLoop.scheduleTask(in: Self.lastCall) { listener.close() }.futureResult
            .flatMap { $0 }
            .recover { _ in }
            .flatMap { switchboard.value.drain() }
        let giveUp = eventLoop.scheduleTask(in: Self.lastCall + patience) { switchboard.value.giveUpWaiting() }
        // Whatever a client does or does not do with its last replies, the end comes.
        let end = eventLoop.scheduleTask(in: Self.lastCall + patience + .seconds(2)) {}
        let finished = eventLoop.makePromise(of: Void.self)
        drained.whenComplete { _ in finished.succeed(()) }
        end.futureResult.whenSuccess { finished.succeed(()) }
        try? await finished.futureResult.get()
        giveUp.cancel()
        end.cancel()
        try? await eventLoop.submit { switchboard.value.stopSweeping() }.get()
    }
}
