import Dispatch
import Glibc

/// SIGTERM and SIGINT, which from the moment this exists no longer end the process.
struct TerminationSignals {
    private let arrivals: AsyncStream<Void>
    /// They deliver for as long as they are held.
    private let sources: [any DispatchSourceSignal]

    init() {
        let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
        self.arrivals = arrivals
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { arrival.yield() }
            source.resume()
            return source
        }
    }

    /// Returns when one of them has come.
    func first() async {
        for await _ in arrivals { return }
    }
}
