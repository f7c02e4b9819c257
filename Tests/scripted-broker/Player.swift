internal import BrokerWire
internal import Glibc
internal import JSONText

/// Plays a script, one step after another, for the clients that connect.
final class Player {
    private let listener: Listener
    private var peers: [Peer] = []
    /// The connection of the last step.
    private var current: Peer?
    /// The requests that were read, the last at the end.
    private var requests: [JSONValue] = []
    private var stepsDone = 0

    /// How long one step may wait for the client.
    private static let patience = Duration.seconds(55)

    /// Whether the client makes a connection for each call, so that a request may always come on a new one.
    private let connectionPerCall = unsafe getenv("CONNECTION_PER_CALL") != nil  // SAFETY: only compared

    init(at path: String) throws { listener = try Listener(at: path) }

    /// Plays all of it, then waits for the client to end: that of the standard input.
    func play(_ script: [Step]) throws {
        for step in script {
            try play(step)
            stepsDone += 1
        }
        try awaitEnd()
    }

    private func play(_ step: Step) throws {
        switch step {
        case .expect(let pattern, let origin): try expect(pattern, on: origin)
        case .accept: try awaitNews { self.accept() }
        case .reply(let reply, let bytes, let cut):
            send(try ReplyTemplate(reply).line(answering: requests, bytes: bytes), cut)
        case .text(let text, let cut): send(Array(try filled(text).utf8), cut)
        case .bytes(let bytes, let cut): send(bytes, cut)
        case .repeated(let bytes, let times):
            let chunk = max(1, 65_536 / max(1, bytes.count))
            let whole = Array(repeatElement(bytes, count: min(times, chunk)).joined())
            for start in stride(from: 0, to: times, by: chunk) {
                send(Array(whole.prefix(min(chunk, times - start) * bytes.count)), .nowhere)
            }
        case .gather(let count, let together, let reply): try gather(count, together, ReplyTemplate(reply))
        case .pause(let seconds): usleep(UInt32(seconds * 1e6))
        case .loop(let steps, let times): for _ in 0..<times { for step in steps { try play(step) } }
        case .close: hangUp()
        case .reset:
            try awaitNews { self.hasSomethingUnread }
            hangUp()
        case .restart:
            try listener.replace()
            dropAll()
        case .stop, .vanish:
            if case .stop = step { listener.stop(removing: false) } else { listener.stop(removing: true) }
            dropAll()
        case .fill: try listener.fill()
        }
    }

    private func expect(_ pattern: JSONValue, on origin: Step.Origin?) throws {
        let before = current
        var line: [UInt8]?
        try awaitNews {
            self.readAll()
            for peer in self.peers {
                guard let found = peer.takeLine() else { continue }
                (line, self.current) = (found, peer)
                return true
            }
            return false
        }
        guard let line else { return }
        let isNew = current !== before
        if let origin, (origin == .new) != isNew, !(isNew && connectionPerCall) {
            throw Wrong("the request came on \(isNew ? "another" : "the same") connection")
        }
        let request = try Self.request(line)
        requests.append(request)
        if let found = try Pattern(pattern).mismatch(request) { throw Wrong("\(found): \(request.text)") }
    }

    /// Answers what waits, in the reverse order, as soon as all is there or, unless it must come together, no more seems to.
    private func gather(_ count: Int, _ together: Bool, _ reply: ReplyTemplate) throws {
        var answered = 0
        while answered < count {
            var waiting: [(Peer, JSONValue)] = []
            var quiet = 0
            try awaitNews {
                self.readAll()
                for peer in self.peers {
                    while let line = peer.takeLine() {
                        waiting.append((peer, try Self.request(line)))
                        quiet = 0
                    }
                }
                quiet += 1
                return waiting.count + answered >= count || (!together && !waiting.isEmpty && quiet > 5)
            }
            for peer in peers {
                let ids = waiting.filter { $0.0 === peer }.map { $0.1["id"]?.text ?? "" }
                guard Set(ids).count == ids.count else { throw Wrong("two requests in flight have one id") }
            }
            for (peer, request) in waiting.reversed() {
                peer.send(try reply.line(answering: [request], bytes: nil), .nowhere) { !self.clientHasEnded() }
            }
            answered += waiting.count
        }
        guard answered == count else { throw Wrong("\(answered) requests came, not \(count)") }
    }

    /// A request as section 5 has it: the broker's own parser reads it first.
    private static func request(_ line: [UInt8]) throws -> JSONValue {
        let shown = String(decoding: line.prefix(300), as: UTF8.self)
        guard line.count <= Limits().requestLineBytes else { throw Wrong("a request of \(line.count) bytes") }
        do { _ = try RequestParser.parse(line.span) } catch { throw Wrong("no request (\(error.reason)): \(shown)") }
        guard var object = try? JSONValue(parsing: line).object else { throw Wrong("no JSON object: \(shown)") }
        if object["params"] == nil { object["params"] = .object(JSONObject()) }
        return .object(object)
    }

    /// A text with the last request's id in the places for it.
    private func filled(_ text: String) throws -> String {
        let parts = text.split(separator: "$id", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return text }
        guard let id = requests.last?["id"] else { throw Wrong("broker.jsonl: no request was read yet") }
        return parts.joined(separator: id.text)
    }

    private func send(_ bytes: [UInt8], _ cut: Cut) {
        current?.send(bytes, cut) { !clientHasEnded() }
    }

    private func accept() -> Bool {
        guard let peer = listener.accept() else { return false }
        peers.append(peer)
        current = peer
        return true
    }

    /// Takes every connection and every byte that is there.
    private func readAll() {
        while let peer = listener.accept() { peers.append(peer) }
        for peer in peers { peer.read() }
    }

    /// Whether the client has sent something on this connection, or on the next if there is none.
    private var hasSomethingUnread: Bool {
        guard let current, !current.hasEnded else {
            return accept() && self.current?.wait(for: POLLIN, milliseconds: 0) == true
        }
        return current.wait(for: POLLIN, milliseconds: 0)
    }

    private func hangUp() {
        current?.hangUp()
        peers.removeAll { $0 === current }
    }

    private func dropAll() {
        for peer in peers { peer.hangUp() }
        peers = []
    }

    // The client's end, and time

    /// Looks again whenever something has come, until it is what is waited for.
    private func awaitNews(_ found: () throws -> Bool) throws {
        let start = ContinuousClock.now
        while try !found() {
            if clientHasEnded() {
                if try found() { return }
                throw Wrong("the client ended before step \(stepsDone + 1)")
            }
            guard ContinuousClock.now - start < Self.patience else { throw Wrong("step \(stepsDone + 1) never came") }
            pollAll(milliseconds: 20)
        }
    }

    /// After the script: nothing more may come.
    private func awaitEnd() throws {
        while true {
            let isOver = clientHasEnded()
            let known = peers.count
            readAll()
            guard peers.count == known else { throw Wrong("a connection after the last step") }
            if let peer = peers.first(where: { !$0.rest.isEmpty }) {
                throw Wrong("after the last step came: \(String(decoding: peer.rest.prefix(300), as: UTF8.self))")
            }
            if isOver { return }
            pollAll(milliseconds: 1_000)
        }
    }

    /// Whoever runs the script ends its standard input when the client has ended.
    private func clientHasEnded() -> Bool {
        var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        // SAFETY: poll(2) reads and writes the one entry, which lives for the call.
        return unsafe poll(&entry, 1, 0) > 0
    }

    /// Waits until something may have come.
    private func pollAll(milliseconds: Int32) {
        var entries = peers.filter { !$0.hasEnded }.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        let listening = listener.isFull ? -1 : listener.descriptor
        for descriptor in [listening, STDIN_FILENO] {
            entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        }
        // SAFETY: poll(2) reads and writes the entries, which live for the call; it passes over negative descriptors.
        unsafe poll(&entries, nfds_t(entries.count), milliseconds)
    }
}
