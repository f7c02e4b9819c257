internal import BrokerAudit
internal import BrokerWire

/// What a flight has brought, for all who waited for it.
final class Landed {
    enum Result {
        case answer(SessionAnswer)
        case refusal(ErrorReply)
    }

    let key: SessionKey
    let result: Result

    init(_ key: SessionKey, _ result: Result) {
        self.key = key
        self.result = result
    }
}

/// Those whose answer is there and has not been told them yet, each user's in the order in which they came. However many
/// one user has waiting, the others' answers are not behind them.
struct Arrivals {
    private struct Queue {
        let share: UserShare
        var all: [(waiter: Waiter, landed: Landed)]
        var told = 0
    }

    private var queues: [UInt32: Queue] = [:]

    var isEmpty: Bool { queues.isEmpty }

    mutating func append(_ waiters: [Waiter], _ landed: Landed) {
        for waiter in waiters {
            queues[waiter.share.uid, default: Queue(share: waiter.share, all: [])].all.append((waiter, landed))
        }
    }

    /// Takes out those that may be told now: of each user, while `mayTell` says so.
    mutating func take(while mayTell: (UserShare) -> Bool, _ tell: (Waiter, Landed) -> Void) {
        for uid in Array(queues.keys) {
            guard var queue = queues.removeValue(forKey: uid) else { continue }
            while queue.told < queue.all.count, mayTell(queue.share) {
                let next = queue.all[queue.told]
                queue.told += 1
                tell(next.waiter, next.landed)
            }
            guard queue.told < queue.all.count else { continue }
            // Under a flood that never ends there is always somebody left; those who have been told are let go of.
            if queue.told > queue.all.count / 2 {
                queue.all.removeFirst(queue.told)
                queue.told = 0
            }
            queues[uid] = queue
        }
    }
}
