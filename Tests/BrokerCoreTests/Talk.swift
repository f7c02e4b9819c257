import BrokerAccess
import BrokerCore
import BrokerWire
import JSONText

/// A conversation and its owner: keeps the outbox, hands over what the test says has happened.
struct Talk {
    let scene: Scene
    private(set) var conversation: Conversation
    private(set) var outbox: [UInt8] = []

    init(_ scene: Scene = Scene(), as peer: Peer = .alice, limits: Limits = Limits()) {
        self.scene = scene
        let caller = scene.broker.caller(peer, connection: 1, at: .at(0))
        conversation = Conversation(with: caller, limits: limits, at: .at(0))
    }

    @discardableResult
    mutating func receive(_ text: String, at seconds: Double = 0) -> Conversation.Verdict {
        let bytes = Array(text.utf8)
        return conversation.received(bytes.span, at: .at(seconds), broker: scene.broker, outbox: &outbox)
    }

    mutating func drained(at seconds: Double = 0) -> Conversation.Verdict {
        conversation.outboxDrained(at: .at(seconds), broker: scene.broker, outbox: &outbox)
    }

    mutating func goOn(at seconds: Double = 0) -> Conversation.Verdict {
        conversation.goOn(at: .at(seconds), broker: scene.broker, outbox: &outbox)
    }

    mutating func filled(at seconds: Double) { conversation.outboxFilled(at: .at(seconds)) }

    mutating func waits(taken: Int, at seconds: Double) { conversation.outboxWaits(taken: taken, at: .at(seconds)) }

    mutating func tick(at seconds: Double) -> Conversation.Verdict {
        conversation.tick(at: .at(seconds), broker: scene.broker, outbox: &outbox)
    }

    mutating func end(with failure: Failure) -> Conversation.Verdict {
        conversation.endWith(failure, broker: scene.broker, outbox: &outbox)
    }

    mutating func inputEnded() -> Conversation.Verdict { conversation.inputEnded() }

    /// The flight of the usual question lands; the last verdict counts.
    mutating func land(at seconds: Double = 0) -> Conversation.Verdict? {
        var last: Conversation.Verdict?
        for delivery in scene.broker.land(.audit, with: .enabled, at: .at(seconds)) {
            outbox += delivery.line
            last = conversation.landed(at: .at(seconds))
        }
        return last
    }

    /// What has been said since the last look.
    mutating func said() throws -> [JSONValue] {
        defer { outbox = [] }
        return try lines(outbox)
    }

    /// A request that is answered at once.
    static func whoAmI(_ id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"broker.WhoAmI"}"# + "\n" }
    /// A request that needs AWS.
    static func session(_ id: Int) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"macie2.GetMacieSession"}"# + "\n"
    }
}

extension Conversation.Verdict {
    /// The conversation goes on, and its owner has nothing to do.
    var asksNothing: Bool { launches.isEmpty && !hangsUp && !isUnheard && resumes == .notNeeded }
}

extension [JSONValue] {
    var ids: [JSONValue] { map { $0["id"] ?? .null } }
    var outcomes: [String] { map { $0.outcome ?? "?" } }
}
