package import AWSSigning
package import Secrets
package import Timestamps

/// Carries an operation to AWS and back: signs, sends, reads, and tries again where that helps.
///
/// Everything from outside comes in: the exchange, the clocks, the dice and the bed. One client serves all regions and
/// credentials; its quota and its clock skew are shared by all its calls.
package struct AWSClient: Sendable {
    private let exchange: any HTTPExchange
    private let signer: Signer
    private let quota: RetryQuota
    private let skew: ClockSkew
    private let policy: RetryPolicy
    private var timeouts: ExchangeTimeouts
    private let userAgent: String
    private let gate: SigningGate
    private let now: @Sendable () -> Timestamp
    private let uptime: @Sendable () -> Duration
    private let random: @Sendable () -> Double
    private let sleep: @Sendable (Duration) async throws -> Void

    /// A client with what it needs of the outside: `now` is the wall clock, for signatures; `uptime` a clock that is
    /// never set, for the deadline; `random` gives numbers from 0 to 1, for the pauses.
    package init(
        exchange: any HTTPExchange, keyring: SigningKeyring, retry: RetryQuota = RetryQuota(),
        skew: ClockSkew = ClockSkew(), policy: RetryPolicy = RetryPolicy(),
        timeouts: ExchangeTimeouts = ExchangeTimeouts(), userAgent: String, gate: SigningGate = SigningGate(),
        now: @escaping @Sendable () -> Timestamp = { Timestamp.now() },
        uptime: @escaping @Sendable () -> Duration = AWSClient.monotonicClock(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.exchange = exchange
        self.signer = Signer(keyring: keyring, options: SigningOptions(signsBody: true))
        self.quota = retry
        self.skew = skew
        self.policy = policy
        self.timeouts = timeouts
        self.userAgent = userAgent
        self.gate = gate
        self.now = now
        self.uptime = uptime
        self.random = random
        self.sleep = sleep
    }

    /// The time since this was called, by the system's monotonic clock.
    package static func monotonicClock() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }

    /// The same client with other patience: a host's own metadata service answers at once or not at all.
    package func with(timeouts: ExchangeTimeouts) -> AWSClient {
        var client = self
        client.timeouts = timeouts
        return client
    }

    /// Calls an operation; every attempt is signed anew. Throws `AWSCallFailure`, or `CancellationError` when the
    /// calling task was cancelled; nothing else.
    package func call<O: AWSOperation>(
        _ operation: O, region: Region, endpoint: EndpointURL, credential: Credential
    ) async throws -> AWSReply<O.Output> {
        let scope = CredentialScope(region: region.name, service: O.service.signingName)
        return try await call(operation, endpoint: endpoint, signing: (scope, credential))
    }

    /// Calls an operation that is not signed, as those are that bring credentials. Throws as above.
    package func callUnsigned<O: AWSOperation>(
        _ operation: O, endpoint: EndpointURL
    ) async throws -> AWSReply<O.Output> {
        try await call(operation, endpoint: endpoint, signing: nil)
    }

    private func call<O: AWSOperation>(
        _ operation: O, endpoint: EndpointURL, signing: (scope: CredentialScope, credential: Credential)?
    ) async throws -> AWSReply<O.Output> {
        let deadline = uptime() + timeouts.whole
        var lastRetry: RetryPolicy.Cost?
        var number = 1
        while true {
            let attempt = Attempt(
                request: operation.request, endpoint: endpoint, signing: signing, number: number, signedAt: now(),
                timeLeft: deadline - uptime())
            let outcome: Outcome<O.Output> = try await make(attempt, of: O.self)
            switch outcome {
            case .success(let output, let response):
                quota.succeeded(lastRetry: lastRetry)
                return AWSReply(
                    output: output, requestID: response.requestID, attempts: number, sentAt: response.sentAt)
            case .failure(let cause, let retry):
                guard let retry, number < policy.maximumAttempts, uptime() + retry.pause < deadline,
                    quota.take(retry.cost)
                else { throw AWSCallFailure(cause: cause, attempts: number) }
                try await rest(retry.pause)
                guard uptime() < deadline else { throw AWSCallFailure(cause: cause, attempts: number) }
                lastRetry = retry.cost
                number += 1
            }
        }
    }

    /// - Throws: only `CancellationError`.
    private func make<O: AWSOperation>(_ attempt: Attempt, of operation: O.Type) async throws -> Outcome<O.Output> {
        try Task.checkCancellation()
        guard gate.isOpen else { return .failure(.gateShut, retry: nil) }
        let request: HTTPExchangeRequest
        let signature: String?
        do {
            (request, signature) = try prepare(attempt)
        } catch {
            return .failure(.signing, retry: nil)
        }
        do {
            let response = try await exchange.send(request, timeouts: bounded(by: attempt.timeLeft))
            return read(response, to: attempt, signature: signature, of: operation)
        } catch let failure as HTTPExchangeFailure {
            let ranOut = failure == .attemptTimedOut && attempt.timeLeft < timeouts.attempt
            return failed(ranOut ? .deadline : .exchange(failure), number: attempt.number)
        } catch {
            try Task.checkCancellation()
            if error is CancellationError { throw error }
            return failed(.exchange(.other("the transport failed in a way it should not")), number: attempt.number)
        }
    }

    /// The request, signed if it is to be, and its signature. What else signing made holds the session token and is let go
    /// of here, not kept until the answer comes.
    private func prepare(_ attempt: Attempt) throws(SigningFailure) -> (HTTPExchangeRequest, signature: String?) {
        let signed = try attempt.signing.map { scope, credential throws(SigningFailure) in
            try signer.sign(
                attempt.signable, host: attempt.endpoint.hostHeader, scope: scope,
                at: skew.corrected(attempt.signedAt), with: credential)
        }
        let request = attempt.exchangeRequest(
            signed: signed, userAgent: userAgent, maximumAttempts: policy.maximumAttempts)
        return (request, signed?.signature)
    }

    private func read<O: AWSOperation>(
        _ response: HTTPExchangeResponse, to attempt: Attempt, signature: String?, of operation: O.Type
    ) -> Outcome<O.Output> {
        guard !(200..<300).contains(response.status) else {
            do {
                return .success(try O.parse(response), response)
            } catch {
                let cause = AWSCallFailure.Cause.malformed(
                    reason: error.reason, status: response.status, requestID: response.requestID)
                return failed(cause, number: attempt.number)
            }
        }
        var error = O.parseRefusal(response, at: skew.corrected(now()))
        error.withdrawEchoes(
            of: attempt.signing?.credential, secrets: attempt.request.secrets, signature: signature)
        if skew.learn(from: error, in: response, signedAt: attempt.signedAt) {
            return .failure(.service(error), retry: Retry(cost: .ordinary, pause: .zero))
        }
        return failed(.service(error), number: attempt.number)
    }

    private func failed<Output>(_ cause: AWSCallFailure.Cause, number: Int) -> Outcome<Output> {
        let retry = policy.costOfRetrying(cause).map {
            Retry(cost: $0, pause: .seconds(policy.pause(afterAttempt: number, random: random())))
        }
        return .failure(cause, retry: retry)
    }

    private func bounded(by timeLeft: Duration) -> ExchangeTimeouts {
        ExchangeTimeouts(
            connect: min(timeouts.connect, timeLeft), attempt: min(timeouts.attempt, timeLeft), whole: timeLeft)
    }

    /// - Throws: only `CancellationError`.
    private func rest(_ pause: Duration) async throws {
        guard pause > .zero else { return }
        do {
            try await sleep(pause)
        } catch {
            throw CancellationError()
        }
    }
}

extension AWSClient {
    private struct Retry {
        let cost: RetryPolicy.Cost
        let pause: Duration
    }

    private enum Outcome<Output> {
        case success(Output, HTTPExchangeResponse)
        /// No retry: it would only repeat itself.
        case failure(AWSCallFailure.Cause, retry: Retry?)
    }
}
