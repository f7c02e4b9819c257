import NIOCore
import NIOHTTP1
import NIOPosix

/// One HTTP/1.1 connection to a port of 127.0.0.1, used for one request after another.
struct RawConnection: Sendable {
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// The connection ended before the answer did.
    struct Closed: Error {}

    private let channel: any Channel
    private let collector: NIOLoopBound<Collector>

    init(port: Int) async throws {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        (channel, collector) = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let collector = Collector()
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(collector)
                return (channel, NIOLoopBound(collector, eventLoop: channel.eventLoop))
            }
        }
    }

    func send(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async throws -> Answer {
        let answer = channel.eventLoop.makePromise(of: Answer.self)
        let (channel, collector) = (channel, collector)
        var fields = HTTPHeaders(headers.map { ($0.name, $0.value) })
        if !body.isEmpty { fields.add(name: "Content-Length", value: "\(body.count)") }
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: target, headers: fields)
        channel.eventLoop.execute {
            guard channel.isActive else { return answer.fail(Closed()) }
            collector.value.expected = answer
            let pipeline = channel.pipeline.syncOperations
            pipeline.write(NIOAny(HTTPClientRequestPart.head(head)), promise: nil)
            pipeline.write(NIOAny(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
            pipeline.writeAndFlush(NIOAny(HTTPClientRequestPart.end(nil)), promise: nil)
        }
        return try await answer.futureResult.get()
    }

    /// Returns when the other side has closed the connection.
    func waitUntilClosed() async throws {
        try await channel.closeFuture.get()
    }

    /// The other side may have been quicker.
    func close() async {
        try? await channel.close()
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    var expected: EventLoopPromise<RawConnection.Answer>?
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return }
            expected?.succeed(.init(status: Int(head.status.code), headers: head.headers, body: body))
            expected = nil
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail()
        context.close(promise: nil)
    }

    private func fail() {
        expected?.fail(RawConnection.Closed())
        expected = nil
    }
}
