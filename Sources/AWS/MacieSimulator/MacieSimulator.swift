package import JSONText
package import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Timestamps

/// An embedded Macie endpoint on loopback that truly verifies signatures, and misbehaves as it is told.
///
/// It speaks plain HTTP/1.1, keeps connections alive and serves GetMacieSession alone. Whoever starts it stops it.
package final class MacieSimulator: Sendable {
    private enum Presence {
        case here, away
        /// For good, also when it was about to come back.
        case stopped
    }

    private struct Wiring {
        var presence = Presence.away
        var listener: (any Channel)?
        var port: Int
        var connections: [ObjectIdentifier: any Channel] = [:]
    }

    private let configuration: SimulatorConfiguration
    private let gate: SignatureGate
    private let group: any EventLoopGroup
    private let state: Mutex<SimulatorState>
    private let wiring: Mutex<Wiring>

    /// Listens when it returns.
    /// - Throws: `IOError` when the port cannot be had.
    package static func start(
        _ configuration: SimulatorConfiguration, on group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) async throws -> MacieSimulator {
        let simulator = MacieSimulator(configuration, on: group)
        try await simulator.comeBack()
        return simulator
    }

    private init(_ configuration: SimulatorConfiguration, on group: any EventLoopGroup) {
        self.configuration = configuration
        self.group = group
        gate = SignatureGate(credentials: configuration.credentials, regions: configuration.regions)
        state = Mutex(SimulatorState(session: configuration.session))
        wiring = Mutex(Wiring(port: configuration.port))
    }

    /// The same for its whole life.
    package var port: Int { wiring.withLock { $0.port } }

    package var endpoint: String { "http://127.0.0.1:\(port)" }

    package var calls: CallCount { state.withLock { $0.calls } }

    /// The last request that was no control request; never to be printed in parts.
    package var lastRequest: ReceivedRequest? { state.withLock { $0.lastRequest } }

    /// From now on, for this many answers (nil: until told otherwise), answers well-signed requests like this.
    package func behave(_ behaviour: SimulatedBehaviour, times: Int? = nil) {
        state.withLock { $0.behave(behaviour, times: times) }
    }

    /// The members that GET /macie answers from now on.
    package func serve(_ session: JSONObject) {
        state.withLock { $0.session = session }
    }

    /// Puts the simulator's clock ahead of the real one; behind it when negative.
    package func setClock(offsetSeconds: Double) {
        state.withLock { $0.clockOffset = offsetSeconds }
    }

    /// Stops listening and closes every connection; requests under way get no answer.
    package func goAway() async throws {
        try await leave(for: .away)
    }

    /// Listens again, on the same port.
    package func comeBack() async throws {
        wiring.withLock { if $0.presence == .away { $0.presence = .here } }
        let listener = try await bootstrap().bind(host: "127.0.0.1", port: port).get()
        let isHere = wiring.withLock { wiring in
            guard wiring.presence == .here else { return false }
            wiring.listener = listener
            wiring.port = listener.localAddress?.port ?? wiring.port
            return true
        }
        if !isHere { try await listener.close() }
    }

    package func stop() async throws {
        try await leave(for: .stopped)
    }

    private func leave(for absence: Presence) async throws {
        let listener = wiring.withLock { wiring in
            defer { wiring.listener = nil }
            if wiring.presence != .stopped { wiring.presence = absence }
            return wiring.listener
        }
        try await listener?.close()
        for connection in wiring.withLock({ Array($0.connections.values) }) { connection.close(promise: nil) }
    }
}

extension MacieSimulator {
    /// What becomes of one request; called on any event loop.
    func outcome(of request: ReceivedRequest) -> SimulatorHandler.Outcome {
        let now = configuration.now().adding(seconds: state.withLock { $0.clockOffset })
        let stamp = AnswerStamp(date: now.httpDate)
        if configuration.hasControl, ControlRequest.isControl(request) {
            let (answer, absence) = obey(request)
            return .init(answer: answer, stamp: stamp, absence: absence)
        }
        let refusal = gate.refusal(of: request, at: now)
        return .init(answer: state.withLock { $0.answer(to: request, refusal: refusal) }, stamp: stamp)
    }

    private func obey(_ request: ReceivedRequest) -> (SimulatedAnswer, absence: Duration?) {
        let order: ControlRequest
        do {
            order = try ControlRequest(request)
        } catch {
            return (SimulatedAnswer(["message": .string(error.message)], status: error.status), nil)
        }
        switch order {
        case .behave(let behaviour, let times): behave(behaviour, times: times)
        case .setClock(let offset): setClock(offsetSeconds: offset)
        case .serve(let session): serve(session)
        case .goAway(let absence): return (SimulatedAnswer([:]), absence)
        case .readCalls:
            let calls = calls
            return (SimulatedAnswer(["calls": .init(calls.calls), "refused": .init(calls.refused)]), nil)
        }
        return (SimulatedAnswer([:]), nil)
    }

    /// Goes away and comes back by itself: whoever told it to by a control path has no connection left to call it back.
    func goAway(for absence: Duration) {
        // Unstructured because the connection that asked for it ends with it; it ends by itself after `absence`. Should
        // somebody else have taken the port by then, it stays away: there is nobody left to tell.
        Task {
            try await goAway()
            try await Task.sleep(for: absence)
            try await comeBack()
        }
    }

    private func bootstrap() -> ServerBootstrap {
        ServerBootstrap(group: group)
            // Coming back must not wait for the old connections' TIME_WAIT.
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                self.remember(channel)
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
                    try pipeline.addHandler(SimulatorHandler(simulator: self))
                }
            }
    }

    private func remember(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isHere = wiring.withLock { wiring in
            wiring.connections[id] = channel
            return wiring.presence == .here
        }
        // Accepted while the listener was being closed.
        if !isHere { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in self.wiring.withLock { $0.connections[id] = nil } }
    }
}
