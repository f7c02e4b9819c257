package import BrokerCore
package import BrokerWire
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

    /// The sockets, each with the door that it is.
    private let sockets: [(door: Door, socket: BoundSocket)]
    private let group: MultiThreadedEventLoopGroup
    private let makeBroker: @Sendable () throws -> Broker
    private let drainSeconds: Double
    private let logger: Logger
    /// What operators say by signals.
    private let orders: AsyncStream<OperatorSignal>
    private let whenReady: @Sendable () async -> Void

    /// `group` has one event loop, for more are not used. `makeBroker` is called once, on the loop the broker will live on;
    /// `whenReady` once clients can connect. When the broker stops, requests in flight are waited for `drainSeconds` long.
    package init(
        sockets: [(door: Door, socket: BoundSocket)], group: MultiThreadedEventLoopGroup, drainSeconds: Double,
        logger: Logger, orders: AsyncStream<OperatorSignal>, makeBroker: @escaping @Sendable () throws -> Broker,
        whenReady: @escaping @Sendable () async -> Void
    ) {
        self.sockets = sockets
        self.group = group
        self.makeBroker = makeBroker
        self.drainSeconds = drainSeconds
        self.logger = logger
        self.orders = orders
        self.whenReady = whenReady
    }

    /// Serves until a graceful shutdown, then finishes what flies.
    package func run() async throws {
        defer { for (_, socket) in sockets { socket.release() } }
        let eventLoop = group.next()
        let switchboard = try await eventLoop.submit { [makeBroker] in
            let board = Switchboard(broker: try makeBroker(), eventLoop: eventLoop)
            board.startSweeping()
            return NIOLoopBound(board, eventLoop: eventLoop)
        }.get()
        try await eventLoop.flatSubmit { TurnBell.hang(in: switchboard, on: eventLoop) }.get()
        var listeners: [any Channel] = []
        for (door, socket) in sockets { listeners.append(try await listen(on: socket, as: door, switchboard)) }
        await whenReady()
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { [orders] in
                for await order in orders { eventLoop.execute { switchboard.value.obey(order) } }
            }
            try? await gracefulShutdown()
            tasks.cancelAll()
        }
        await drain(switchboard, listeners, on: eventLoop)
    }

    private func listen(
        on socket: BoundSocket, as door: Door, _ switchboard: NIOLoopBound<Switchboard>
    ) async throws -> any Channel {
        let logger = logger
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.writeBufferWaterMark, value: Self.unreadBytes)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    do {
                        // Before any byte: nothing has been read from this channel yet.
                        let socket = try ConnectedSocket(of: channel)
                        try channel.pipeline.syncOperations.addHandler(switchboard.value.welcome(socket, at: door))
                    } catch {
                        logger.error(
                            "a connection that the kernel says nothing of was closed", metadata: ["error": "\(error)"])
                        throw error
                    }
                }
            }
            .withBoundSocket(socket.descriptor).get()
    }

    private func drain(
        _ switchboard: NIOLoopBound<Switchboard>, _ listeners: [any Channel], on eventLoop: any EventLoop
    ) async {
        for (_, socket) in sockets { socket.removePath() }
        let patience = TimeAmount.milliseconds(Int64(drainSeconds * 1_000))
        let drained = eventLoop.scheduleTask(in: Self.lastCall) {
            EventLoopFuture.andAllComplete(listeners.map { $0.close() }, on: eventLoop)
        }.futureResult
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
        try? await eventLoop.submit { switchboard.value.stop() }.get()
    }
}
