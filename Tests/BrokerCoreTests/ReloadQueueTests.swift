import BrokerAccess
import BrokerWire
import Testing

@testable import BrokerCore

@Suite struct ReloadQueueTests {
    private func reload(_ number: Int64) -> Errand {
        Errand(
            kind: .reload,
            asker: Errand.Asker(connection: 1, id: .integer(number), peer: Peer(uid: 0, gid: 0, pid: 1)))
    }

    @Test func `reloads run one after the other, in the order in which they were asked for`() {
        var queue = ReloadQueue()
        #expect(queue.admit(reload(1)) == reload(1))
        #expect(queue.admit(reload(2)) == nil)
        #expect(queue.admit(reload(3)) == nil)
        #expect(queue.next(after: reload(1)) == reload(2))
        #expect(queue.admit(reload(2)) == reload(2))
        #expect(queue.next(after: reload(2)) == reload(3))
        #expect(queue.admit(reload(3)) == reload(3))
        #expect(queue.next(after: reload(3)) == nil)
        #expect(queue.admit(reload(4)) == reload(4))
    }

    @Test func `many signals while a reload runs are one more reload`() {
        var queue = ReloadQueue()
        #expect(queue.admit(.reload) == .reload)
        for _ in 0..<100 { #expect(queue.admit(.reload) == nil) }
        #expect(queue.next(after: .reload) == .reload)
        #expect(queue.admit(.reload) == .reload)
        #expect(queue.next(after: .reload) == nil)
    }
}
