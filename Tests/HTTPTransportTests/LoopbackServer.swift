import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A server on 127.0.0.1 that says exactly the bytes it is told to, and remembers what it heard.
final class LoopbackServer: Sendable {
    typealias Request = HTTPRequestHead

    enum Reply: Sendable {
        /// The connection is kept.
        case bytes(String)
        case bytesThenClose(String)
        /// A head, and then this many bytes; the connection is kept.
        case body(head: String, count: Int)
        case bodyThenClose(head: String, count: Int)
        case silence
    }

    let port: Int
    private let heard: Heard
    private let listener: any Channel

    /// Connections accepted so far.
    var connections: Int { heard.log.withLock { $0.channels.count } }
    /// The heads of the requests so far, names in their own case.
    var requests: [HTTPRequestHead] { heard.log.withLock { $0.requests } }
    /// Each request's head as it comes.
    var arrivals: AsyncStream<HTTPRequestHead> { heard.arrivals }

    static func start(
        tls: NIOSSLContext? = nil, answering answer: @escaping @Sendable (Request) -> Reply
    ) async throws -> LoopbackServer {
        let heard = Heard()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                heard.log.withLock { $0.channels.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try pipeline.addHandler(Answerer(heard: heard, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LoopbackServer(heard: heard, listener: listener)
    }

    /// Accepts connections and reads nothing from them.
    static func startDeaf() async throws -> LoopbackServer {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        return LoopbackServer(heard: Heard(), listener: listener)
    }

    private init(heard: Heard, listener: any Channel) {
        self.heard = heard
        self.listener = listener
        port = listener.localAddress?.port ?? 0
    }

    func stop() async throws {
        try await listener.close()
        for channel in heard.log.withLock({ $0.channels }) { try? await channel.close() }
    }
}

private final class Heard: Sendable {
    struct Log {
        var channels: [any Channel] = []
        var requests: [HTTPRequestHead] = []
    }

    let log = Mutex(Log())
    let arrivals: AsyncStream<HTTPRequestHead>
    private let arrival: AsyncStream<HTTPRequestHead>.Continuation

    init() {
        (arrivals, arrival) = AsyncStream.makeStream()
    }

    func hear(_ head: HTTPRequestHead) {
        log.withLock { $0.requests.append(head) }
        arrival.yield(head)
    }
}

private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let heard: Heard
    private let answer: @Sendable (HTTPRequestHead) -> LoopbackServer.Reply
    private var head: HTTPRequestHead?

    init(heard: Heard, answer: @escaping @Sendable (HTTPRequestHead) -> LoopbackServer.Reply) {
        self.heard = heard
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            heard.hear(head)
            reply(answer(head), context: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func reply(_ reply: LoopbackServer.Reply, context: ChannelHandlerContext) {
        switch reply {
        case .bytes(let text): write(text, context: context)
        case .bytesThenClose(let text):
            write(text, context: context)
            context.close(promise: nil)
        case .body(let head, let count): write(head, count: count, context: context)
        case .bodyThenClose(let head, let count):
            write(head, count: count, context: context)
            context.close(promise: nil)
        case .silence: break
        }
    }

    private func write(_ text: String, count: Int = 0, context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(string: text)
        buffer.writeRepeatingByte(UInt8(ascii: "x"), count: count)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }
}
