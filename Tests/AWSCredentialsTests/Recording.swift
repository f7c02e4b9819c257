import AWSRuntime
import Foundation
import JSONText
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

/// Requests and answers as a scenario recorded them, one after the other.
struct Recording {
    struct Exchange: Sendable {
        var method = ""
        var uri = ""
        var headers: [(name: String, value: String)] = []
        var requestBody = ""
        var status = 0
        var answerHeaders: [(name: String, value: String)] = []
        var answerBody: [UInt8] = []
    }

    let exchanges: [Exchange]

    init(parsing bytes: [UInt8]) throws {
        var exchanges: [Exchange] = []
        for event in try JSONValue(parsing: bytes, rules: .lenientAWS)["events"]?.array ?? [] {
            guard let action = event["action"] else { continue }
            if let request = action["Request"]?["request"] {
                exchanges.append(
                    Exchange(
                        method: request["method"]?.string ?? "", uri: request["uri"]?.string ?? "",
                        headers: Self.headers(request["headers"])))
            } else if let answer = action["Response"]?["response"]?["Ok"] {
                exchanges[exchanges.count - 1].status = Int(answer["status"]?.integer ?? 0)
                exchanges[exchanges.count - 1].answerHeaders = Self.headers(answer["headers"])
            } else if let data = action["Data"], let text = data["data"]?["Utf8"]?.string {
                if data["direction"]?.string == "Request" {
                    exchanges[exchanges.count - 1].requestBody += text
                } else {
                    exchanges[exchanges.count - 1].answerBody += text.utf8
                }
            }
        }
        self.exchanges = exchanges
    }

    private static func headers(_ value: JSONValue?) -> [(name: String, value: String)] {
        (value?.object?.members ?? []).flatMap { member in
            (member.value.array ?? []).map { (name: member.name, value: $0.string ?? "") }
        }
    }
}

extension Recording.Exchange {
    /// What of a request is not as it was recorded; empty when all is. Not compared: what names the SDK, and what depends on
    /// the time: dates, signatures, and names of sessions that hold one.
    /// `isKnown` tells whether the scenario gives out an access key id anywhere: some were recorded with others.
    func differences(
        from head: HTTPRequestHead, body: String, recordedHost: String, isKnown: (Substring) -> Bool
    ) -> [String] {
        var wrong: [String] = []
        let wanted = URLComponents(string: uri)
        let target = URLComponents(string: head.uri)
        if head.method.rawValue != method { wrong.append("method \(head.method.rawValue), not \(method)") }
        let path = wanted?.path.isEmpty == true ? "/" : wanted?.path
        if target?.path != path { wrong.append("path \(target?.path ?? ""), not \(path ?? "")") }
        if Self.pairs(target?.percentEncodedQuery) != Self.pairs(wanted?.percentEncodedQuery) {
            wrong.append("query \(target?.query ?? ""), not \(wanted?.query ?? "")")
        }
        let host = wanted?.port.map { "\(wanted?.host ?? ""):\($0)" } ?? wanted?.host
        if recordedHost != host { wrong.append("host \(recordedHost), not \(host ?? "")") }
        for name in [
            "x-aws-ec2-metadata-token", "x-aws-ec2-metadata-token-ttl-seconds", "x-amz-sso_bearer_token", "accept",
        ] {
            let recorded = headers.first { $0.name.lowercased() == name }?.value
            if let recorded, head.headers.first(name: name) != recorded { wrong.append("header \(name)") }
        }
        wrong += signatureDifferences(head.headers.first(name: "authorization"), isKnown)
        let (sent, meant) = (Self.pairs(body), Self.pairs(requestBody))
        // The recordings of web identity were made with other ARNs and tokens than the scenarios have.
        let loose: Set<String> = [
            "RoleSessionName", "WebIdentityToken", meant["Action"] == "AssumeRoleWithWebIdentity" ? "RoleArn" : "",
        ]
        for name in Set(sent.keys).union(meant.keys) where !name.isEmpty {
            let isThere = sent[name] != nil && meant[name] != nil
            if !isThere || !loose.contains(name) && sent[name] != meant[name] { wrong.append("form field \(name)") }
        }
        return wrong
    }

    /// Whether the same key signs for the same region and service, or nobody at all.
    private func signatureDifferences(_ sent: String?, _ isKnown: (Substring) -> Bool) -> [String] {
        func scope(_ header: String?) -> [Substring]? {
            header?.split(separator: " ").first { $0.hasPrefix("Credential=") }?.dropFirst(11).split(separator: "/")
        }
        let (ours, theirs) = (scope(sent), scope(headers.first { $0.name.lowercased() == "authorization" }?.value))
        guard ours?.count == theirs?.count else { return ["signed or not"] }
        guard let ours, let theirs else { return [] }
        // The recordings of other regions keep the signature of one recording; the region is in the host's name.
        let isSameKey = ours.first == theirs.first || theirs.first.map(isKnown) == false
        return isSameKey && ours.dropFirst(3) == theirs.dropFirst(3) ? [] : ["credential scope"]
    }

    private static func pairs(_ text: String?) -> [String: String] {
        Dictionary(
            (text ?? "").split(separator: "&").map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count > 1 ? String(parts[1]).removingPercentEncoding ?? "" : "")
            }
        ) { $1 }
    }
}

/// Plays a recording on a loopback socket, and notes what was asked otherwise.
final class Player: Sendable {
    private struct State {
        var played = 0
        var complaints: [String] = []
    }

    private let recording: Recording
    private let state = Mutex(State())
    private let channel: Mutex<(any Channel)?> = Mutex(nil)

    init(_ recording: Recording) { self.recording = recording }

    var complaints: [String] {
        let state = state.withLock { $0 }
        let left = recording.exchanges.count - state.played
        return state.complaints + (left > 0 ? ["\(left) recorded requests were not made"] : [])
    }

    /// - Returns: the port.
    func start(on group: any EventLoopGroup) async throws -> Int {
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(PlayerHandler(player: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.channel.withLock { $0 = channel }
        return try #require(channel.localAddress?.port)
    }

    func stop() async { try? await channel.withLock { $0 }?.close() }

    fileprivate func answer(_ head: HTTPRequestHead, _ body: String) -> Recording.Exchange? {
        state.withLock { state in
            // What failed for a moment is asked again; the recordings show one try of some.
            if state.played == recording.exchanges.count, let last = recording.exchanges.last, last.status >= 500 {
                return last
            }
            guard state.played < recording.exchanges.count else {
                state.complaints.append("one request too many: \(head.method) \(head.uri)")
                return nil
            }
            let exchange = recording.exchanges[state.played]
            state.played += 1
            let host = head.headers.first(name: "host") ?? ""
            let differences = exchange.differences(from: head, body: body, recordedHost: host) { key in
                key == "AKIAFAKE"
                    || recording.exchanges.contains { String(decoding: $0.answerBody, as: UTF8.self).contains(key) }
            }
            state.complaints += differences.map { "request \(state.played): \($0)" }
            return exchange
        }
    }
}

private final class PlayerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let player: Player
    private var head: HTTPRequestHead?
    private var body = ""

    init(player: Player) { self.player = player }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, "")
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head else { return }
            let exchange = player.answer(head, body)
            var headers = HTTPHeaders(
                (exchange?.answerHeaders ?? []).filter {
                    !["content-length", "connection", "date"].contains($0.name.lowercased())
                }
                .map { ($0.name, $0.value) })
            headers.add(name: "content-length", value: String(exchange?.answerBody.count ?? 0))
            let answer = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: exchange?.status ?? 599), headers: headers)
            context.write(wrapOutboundOut(.head(answer)), promise: nil)
            context.write(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: exchange?.answerBody ?? [])))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

/// Carries every request to one loopback port, whatever host it is for; the Host header stays.
struct Detour: HTTPExchange {
    let port: Int
    let transport: any HTTPExchange

    func send(_ request: HTTPExchangeRequest, timeouts: ExchangeTimeouts) async throws -> HTTPExchangeResponse {
        var request = request
        if !request.headers.contains(where: { $0.name.lowercased() == "host" }) {
            request.headers.append(("Host", request.url.hostHeader))
        }
        request.url = try EndpointURL(parsing: "http://127.0.0.1:\(port)")
        return try await transport.send(request, timeouts: timeouts)
    }
}
