import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A proxy on loopback that answers CONNECT, and leads every tunnel to one port of 127.0.0.1 whatever host was asked for.
final class TunnelProxy: Sendable {
    let port: Int
    private let asked: Asked
    private let listener: any Channel

    /// The CONNECT requests so far.
    var requests: [HTTPRequestHead] { asked.heads.withLock { $0 } }

    /// `status` is what CONNECT is answered; only 200 opens a tunnel.
    static func start(to upstreamPort: Int, answering status: HTTPResponseStatus = .ok) async throws -> TunnelProxy {
        let asked = Asked()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
                    try pipeline.addHandler(decoder)
                    try pipeline.addHandler(
                        TunnelOpener(decoder: decoder, upstreamPort: upstreamPort, status: status, asked: asked))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TunnelProxy(asked: asked, listener: listener)
    }

    private init(asked: Asked, listener: any Channel) {
        self.asked = asked
        self.listener = listener
        port = listener.localAddress?.port ?? 0
    }

    func stop() async throws {
        try await listener.close()
    }
}

private final class Asked: Sendable {
    let heads = Mutex<[HTTPRequestHead]>([])
}

private final class TunnelOpener: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let upstreamPort: Int
    private let status: HTTPResponseStatus
    private let asked: Asked

    init(
        decoder: ByteToMessageHandler<HTTPRequestDecoder>, upstreamPort: Int, status: HTTPResponseStatus, asked: Asked
    ) {
        self.decoder = decoder
        self.upstreamPort = upstreamPort
        self.status = status
        self.asked = asked
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): asked.heads.withLock { $0.append(head) }
        case .body: break
        case .end: status == .ok ? open(context: context) : answer(context: context)
        }
    }

    private func answer(context: ChannelHandlerContext) {
        let framing = status == .ok ? "" : "Content-Length: 0\r\n"
        let head = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n\(framing)\r\n"
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: head)), promise: nil)
    }

    /// Both ends share the event loop, so each may write into the other's channel directly.
    private func open(context: ChannelHandlerContext) {
        let client = context.channel
        let bound = NIOLoopBound((opener: self, context: context), eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { upstream in
                upstream.eventLoop.makeCompletedFuture {
                    try upstream.pipeline.syncOperations.addHandler(Forwarder(to: client))
                }
            }
            .connect(host: "127.0.0.1", port: upstreamPort)
            .whenComplete { result in
                let (opener, context) = bound.value
                guard case .success(let upstream) = result else { return context.close(promise: nil) }
                opener.answer(context: context)
                let pipeline = context.pipeline.syncOperations
                try? pipeline.addHandler(Forwarder(to: upstream))
                pipeline.removeHandler(opener, promise: nil)
                pipeline.removeHandler(opener.decoder, promise: nil)
            }
    }
}

private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) {
        self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.close(promise: nil)
    }
}
