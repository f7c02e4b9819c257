internal import Dispatch
internal import Synchronization

/// A client of macie-broker for asynchronous code: each call is one of `BrokerClient`, and blocks no task's thread.
///
/// ```swift
/// let broker = try AsyncBrokerClient()
/// let answer = try await broker.session(region: "eu-west-1")
/// ```
///
/// One client has one connection. Calls of several tasks take turns on it, in the order they came, and a call's time begins
/// with its turn. A task that is cancelled gets `CancellationError` at once: before its turn nothing is sent, and in it the
/// answer is dropped when it comes. Do not use it in a process made by fork(2).
public final class AsyncBrokerClient: Sendable {
    private let client: BrokerClient
    /// Where the calls block, one after the other.
    private let queue = DispatchQueue(label: "macie-broker-client")

    /// A client of the broker that `SocketLocator` finds.
    ///
    /// - Throws: `noBroker` when `MACIE_BROKER_FD` makes no sense. Nothing is connected yet.
    public convenience init(timeoutSeconds: Double = BrokerClient.usualTimeoutSeconds) throws(ClientFailure) {
        self.init(try BrokerClient(timeoutSeconds: timeoutSeconds))
    }

    /// The same broker, connection and time as `client`, which may still be used.
    public init(_ client: BrokerClient) { self.client = client }

    /// The Macie session, as `BrokerClient.session`.
    ///
    /// - Throws: `ClientFailure`, or `CancellationError` when the task is cancelled.
    public func session(
        profile: String? = nil, region: String? = nil, maxAgeSeconds: Int? = nil, timeoutSeconds: Double? = nil
    ) async throws -> SessionAnswer {
        try await ask { client throws(ClientFailure) in
            try client.session(
                profile: profile, region: region, maxAgeSeconds: maxAgeSeconds, timeoutSeconds: timeoutSeconds)
        }
    }

    /// Whom the broker takes this process for, as `BrokerClient.whoAmI`.
    public func whoAmI() async throws -> CallerAnswer {
        try await ask { client throws(ClientFailure) in try client.whoAmI() }
    }

    /// What the policy says of a request, as `BrokerClient.explain`.
    public func explain(
        _ action: String, profile: String? = nil, region: String? = nil, maxAgeSeconds: Int? = nil
    ) async throws -> ExplainAnswer {
        try await ask { client throws(ClientFailure) in
            try client.explain(action, profile: profile, region: region, maxAgeSeconds: maxAgeSeconds)
        }
    }

    /// How the broker is, as `BrokerClient.status`.
    public func status() async throws -> StatusAnswer {
        try await ask { client throws(ClientFailure) in try client.status() }
    }

    /// Any method, by its name on the wire, as `BrokerClient.call`.
    public func call(_ method: String, parameters: String? = nil) async throws -> String {
        try await ask { client throws(ClientFailure) in try client.call(method, parameters: parameters) }
    }

    private func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (BrokerClient) throws(ClientFailure) -> Answer
    ) async throws -> Answer {
        let wait = Wait<Answer>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard wait.begin(continuation) else { return }
                queue.async { [client] in
                    guard wait.isOn else { return }
                    wait.end(with: Result { try question(client) })
                }
            }
        } onCancel: {
            wait.end(with: .failure(CancellationError()))
        }
    }
}

/// One task's wait for its answer, which ends once: by the answer, or by the task's cancellation, whichever is first.
private final class Wait<Answer: Sendable>: Sendable {
    private enum State {
        case notBegun
        case on(CheckedContinuation<Answer, any Error>)
        case over
    }

    private let state = Mutex(State.notBegun)

    var isOn: Bool { state.withLock { state in if case .on = state { true } else { false } } }

    /// - Returns: false when the task had been cancelled, and has been told.
    func begin(_ continuation: CheckedContinuation<Answer, any Error>) -> Bool {
        let begins = state.withLock { state in
            guard case .notBegun = state else { return false }
            state = .on(continuation)
            return true
        }
        if !begins { continuation.resume(throwing: CancellationError()) }
        return begins
    }

    func end(with result: Result<Answer, any Error>) {
        let waiting = state.withLock { state in
            let before = state
            state = .over
            return before
        }
        if case .on(let continuation) = waiting { continuation.resume(with: result) }
    }
}
