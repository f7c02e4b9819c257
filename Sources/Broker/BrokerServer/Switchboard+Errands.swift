internal import BrokerCore
internal import NIOCore

// MARK: - What administrators ask for beside the event loop

extension Switchboard {
    /// Runs an administrator's errand beside the event loop. Nobody waits for its task: it always ends, and brings its
    /// outcome here.
    func run(_ errand: Errand) {
        guard let errand = broker.mayRun(errand) else { return }
        let home = NIOLoopBound(self, eventLoop: eventLoop)
        let (host, eventLoop) = (broker.host, eventLoop)
        Task {
            let outcome = await errand.run(on: host)
            eventLoop.execute { home.value.finish(errand, with: outcome) }
        }
    }

    private func finish(_ errand: Errand, with outcome: ErrandOutcome) {
        let now = now()
        let deliveries = broker.finish(errand, with: outcome, at: now)
        if let next = broker.nextErrand(after: errand) { run(next) }
        deliver(deliveries.filter { $0.delay == 0 }, at: now)
        for delivery in deliveries where delivery.delay > 0 { deliverLater(delivery) }
        // What was recorded is committed, also where nobody is told.
        scheduleTurnEnd()
    }

    /// A wrong passphrase costs its time.
    private func deliverLater(_ delivery: Broker.Delivery) {
        let home = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .nanoseconds(Int64(delivery.delay * 1e9))) {
            home.value.broker.mayTryAgain()
            home.value.deliver([delivery], at: home.value.now())
        }
    }
}
