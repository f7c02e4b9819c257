import NIOCore
import NIOHTTP1

/// One connection: collects a request, asks the simulator what becomes of it, and carries that out.
final class SimulatorHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    struct Outcome {
        /// Nil: the connection is closed without a word.
        var answer: SimulatedAnswer?
        var stamp: AnswerStamp
        /// The simulator goes away for this long once the answer is out.
        var absence: Duration?
    }

    /// The longest body that is collected, in bytes: GetMacieSession has none, control requests are short.
    private static let maximumBodyBytes = 64 * 1024

    private let simulator: MacieSimulator
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(simulator: MacieSimulator) {
        self.simulator = simulator
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part):
            guard body.count + part.readableBytes <= Self.maximumBodyBytes else {
                head = nil
                context.close(promise: nil)
                return
            }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return }
            self.head = nil
            received(head, context: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func received(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let request = ReceivedRequest(
            method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) },
            body: body)
        let outcome = simulator.outcome(of: request)
        guard let answer = outcome.answer else { return context.close(promise: nil) }
        guard answer.delay > .zero else {
            return send(answer, of: outcome, to: head, context: context)
        }
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(answer.delay)) {
            self.send(answer, of: outcome, to: head, context: context)
        }
    }

    private func send(
        _ answer: SimulatedAnswer, of outcome: Outcome, to request: HTTPRequestHead, context: ChannelHandlerContext
    ) {
        let (excess, isLast): (Int, Bool) =
            switch answer.framing {
            case .honest: (0, !request.isKeepAlive || outcome.absence != nil)
            case .promisingMore(let excess): (excess, true)
            }
        var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
        headers.add(name: "x-amzn-RequestId", value: outcome.stamp.requestID)
        headers.add(name: "Date", value: outcome.stamp.date)
        headers.add(name: "Content-Length", value: "\(answer.body.count + excess)")
        if isLast { headers.add(name: "Connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: answer.status)
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        let sent = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
        guard isLast else { return }
        sent.futureResult.assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
            if let absence = outcome.absence { self.simulator.goAway(for: absence) }
        }
    }
}

/// What every answer of AWS's carries.
struct AnswerStamp: Sendable {
    let date: String
    let requestID: String

    init(date: String) {
        self.date = date
        requestID = Self.randomUUID()
    }

    /// RFC 9562, version 4.
    private static func randomUUID() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & ~0xF000 | 0x4000
        let low = generator.next() & ~(0b11 << 62) | 0b10 << 62
        let digits = [high, low].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }.joined()
        var rest = digits[...]
        return [8, 4, 4, 4, 12].map { count in
            defer { rest = rest.dropFirst(count) }
            return String(rest.prefix(count))
        }.joined(separator: "-")
    }
}
