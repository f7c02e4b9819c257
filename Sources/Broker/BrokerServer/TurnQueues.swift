internal import BrokerCore
internal import NIOCore

/// Connections that wait for their user's next turn, first come first served, each user in a queue of its own: one user's
/// many connections are no hindrance to another's. The administrator's door has shares of its own, so root's floods at the
/// other one are none here.
final class TurnQueues {
    private final class Queue {
        var handlers = CircularBuffer<ConnectionHandler>()
    }

    private var queues: [ObjectIdentifier: Queue] = [:]

    var isEmpty: Bool { queues.isEmpty }

    func append(_ handler: ConnectionHandler) {
        let share = handler.caller.share
        share.hasQueue = true
        let key = ObjectIdentifier(share)
        if let queue = queues[key] {
            queue.handlers.append(handler)
        } else {
            let queue = Queue()
            queue.handlers.append(handler)
            queues[key] = queue
        }
    }

    /// Lets each user's connections go on, in order, until one says that its user has had its part of the turn. That one
    /// goes to the end of its user's queue, so that none of them keeps the others waiting.
    func serve(_ goOn: (ConnectionHandler) -> Conversation.Resumption) {
        for (key, queue) in queues {
            while let handler = queue.handlers.popFirst() {
                guard goOn(handler) != .nextTurn else {
                    queue.handlers.append(handler)
                    break
                }
                handler.caller.share.hasQueue = !queue.handlers.isEmpty
            }
            if queue.handlers.isEmpty { queues[key] = nil }
        }
    }
}
