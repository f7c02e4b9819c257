import AWSRuntime
import AWSSigning
import Secrets
import Synchronization
import Testing
import Timestamps

/// Answers from a script, in order, and keeps what it was asked. The last answer is given for ever.
final class FakeExchange: HTTPExchange {
    enum Answer {
        case respond(Int, [(name: String, value: String)] = [], String = "")
        case fail(any Error)
    }

    struct Sent {
        let request: HTTPExchangeRequest
        let timeouts: ExchangeTimeouts

        func header(_ name: String) -> String? {
            HTTPExchangeResponse(status: 0, headers: request.headers).header(name)
        }
    }

    private let script: Mutex<[Answer]>
    private let log = Mutex<[Sent]>([])
    private let takes: Duration
    private let clock: FakeClock?
    private let whenSending: @Sendable () -> Void

    /// Each exchange moves the clock by `takes`.
    init(
        _ script: [Answer], takes: Duration = .zero, clock: FakeClock? = nil,
        whenSending: @escaping @Sendable () -> Void = {}
    ) {
        self.script = Mutex(script)
        self.takes = takes
        self.clock = clock
        self.whenSending = whenSending
    }

    var sent: [Sent] { log.withLock { $0 } }

    func send(_ request: HTTPExchangeRequest, timeouts: ExchangeTimeouts) async throws -> HTTPExchangeResponse {
        log.withLock { $0.append(Sent(request: request, timeouts: timeouts)) }
        clock?.advance(by: takes)
        whenSending()
        switch script.withLock({ $0.count > 1 ? $0.removeFirst() : $0[0] }) {
        case .respond(let status, let headers, let body):
            return HTTPExchangeResponse(status: status, headers: headers, body: Array(body.utf8))
        case .fail(let error): throw error
        }
    }
}

/// A clock that moves only when told; sleeping on it takes no time.
final class FakeClock: Sendable {
    private struct State {
        var passed = Duration.zero
        var slept: [Duration] = []
    }
    private let state = Mutex(State())
    private let start: Timestamp

    init(_ start: Timestamp = Timestamp(seconds: 1_440_938_160)) { self.start = start }

    var uptime: Duration { state.withLock { $0.passed } }
    var now: Timestamp { start.adding(seconds: uptime / .seconds(1)) }
    var slept: [Duration] { state.withLock { $0.slept } }

    func advance(by duration: Duration) { state.withLock { $0.passed += duration } }

    func sleep(_ duration: Duration) {
        state.withLock {
            $0.passed += duration
            $0.slept.append(duration)
        }
    }
}

/// An operation whose answer is its body.
struct Echo: AWSOperation {
    static let name = "Echo"
    static let service = AWSService(signingName: "macie2", endpointPrefix: "macie2", sdkID: "Macie2")
    var request = OperationRequest(method: "GET", path: "/macie")

    static func parse(_ response: HTTPExchangeResponse) throws(MalformedResponse) -> String {
        guard !response.body.isEmpty else { throw MalformedResponse(reason: "empty") }
        return String(decoding: response.body, as: UTF8.self)
    }
}

/// One client with everything scripted.
struct Bench {
    let clock: FakeClock
    let exchange: FakeExchange
    let quota = RetryQuota()
    let skew = ClockSkew()
    let client: AWSClient

    static let token = "IQoJb3JpZ2luX2VjEXAMPLE/token+value=="

    init(
        _ script: FakeExchange.Answer..., takes: Duration = .zero, random: Double = 1,
        timeouts: ExchangeTimeouts = ExchangeTimeouts(), cancelsSleep: Bool = false,
        gate: SigningGate = SigningGate(), whenSending: @escaping @Sendable () -> Void = {},
        whenSleeping: @escaping @Sendable () -> Void = {}
    ) {
        let clock = FakeClock()
        self.clock = clock
        exchange = FakeExchange(script, takes: takes, clock: clock, whenSending: whenSending)
        client = AWSClient(
            exchange: exchange, keyring: SigningKeyring(), retry: quota, skew: skew, timeouts: timeouts,
            userAgent: "macie-broker/test", gate: gate, now: { clock.now }, uptime: { clock.uptime },
            random: { random },
            sleep: {
                if cancelsSleep { throw CancellationError() }
                clock.sleep($0)
                whenSleeping()
            })
    }

    static func credential(token: String? = token) -> Credential {
        var secret = Array("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8)
        var tokenBytes = Array((token ?? "").utf8)
        let hasToken = !tokenBytes.isEmpty
        let tokenSecret = SecretBytes(takingAndWiping: &tokenBytes)
        let secretBytes = SecretBytes(takingAndWiping: &secret)
        guard hasToken else {
            return Credential(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: secretBytes, sessionToken: nil, expiration: nil)
        }
        return Credential(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: secretBytes, sessionToken: tokenSecret, expiration: nil)
    }

    func call(
        _ endpoint: String = "https://macie2.us-east-1.amazonaws.com", token: String? = token
    ) async throws -> AWSReply<String> {
        let region = try #require(Region("us-east-1"))
        return try await client.call(
            Echo(), region: region, endpoint: EndpointURL(parsing: endpoint),
            credential: Self.credential(token: token))
    }

    func failure() async throws -> AWSCallFailure {
        do {
            let reply = try await call()
            throw UnexpectedSuccess(attempts: reply.attempts)
        } catch let failure as AWSCallFailure {
            return failure
        }
    }

    struct UnexpectedSuccess: Error { let attempts: Int }
}
