import AWSCredentials
import AWSRuntime
import AWSSigning
import BrokerWire
import Macie2
import Secrets
import Synchronization
import Testing

@testable import BrokerCore

/// The way to AWS while the broker is locked.
@Suite struct MacieUpstreamTests {
    @Test func `locked it neither takes a credential nor sends anything, and unlocked it does`() async throws {
        let (source, exchange, gate) = (CountedSource(), CountedExchange(), SigningGate())
        let keyring = SigningKeyring()
        let client = AWSClient(exchange: exchange, keyring: keyring, userAgent: "test", gate: gate)
        let store = CredentialStore(clock: CredentialClock())
        store.stock([.init(profile: "audit", source: source, fingerprint: "1")])
        let endpoint = try EndpointURL(parsing: "https://macie2.us-east-1.amazonaws.com")
        let upstream = MacieUpstream(
            client: client, gate: gate, keyring: keyring, store: store,
            routes: [.init(profile: .named("audit"), endpoint: { _ in endpoint })],
            report: { Issue.record("\($0)") })
        upstream.setLocked(true)
        guard case .failure(.locked) = await upstream.fetch(.audit) else {
            Issue.record("not refused")
            return
        }
        // Nor does the look for the ready line, or that after a reload.
        #expect(await upstream.probeCredentials(of: .named("audit")).readiness == .untried)
        #expect(source.count.withLock { $0 } == 0 && exchange.count.withLock { $0 } == 0)
        upstream.setLocked(false)
        guard case .session(let session, _, attempts: 1) = await upstream.fetch(.audit) else {
            Issue.record("refused")
            return
        }
        #expect(session.status == "ENABLED")
        #expect(source.count.withLock { $0 } == 1 && exchange.count.withLock { $0 } == 1)
    }
}

/// What becomes of a credential that AWS refuses.
@Suite struct RefusedCredentialTests {
    private func outcome(
        of source: SerialSource, refusing refused: [String], code: String = "ExpiredTokenException"
    ) async throws -> (FlightOutcome, RefusingExchange) {
        let (exchange, gate, keyring) = (RefusingExchange(refused, code: code), SigningGate(), SigningKeyring())
        let client = AWSClient(exchange: exchange, keyring: keyring, userAgent: "test", gate: gate)
        let endpoint = try EndpointURL(parsing: "https://macie2.us-east-1.amazonaws.com")
        let store = CredentialStore(clock: CredentialClock())
        store.stock([.init(profile: "audit", source: source, fingerprint: "1")])
        let upstream = MacieUpstream(
            client: client, gate: gate, keyring: keyring, store: store,
            routes: [.init(profile: .named("audit"), endpoint: { _ in endpoint })], report: { Issue.record("\($0)") })
        return (await upstream.fetch(.audit), exchange)
    }

    @Test(arguments: ["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"])
    func `it is fetched anew once, and the request signed with the new one`(code: String) async throws {
        let source = SerialSource()
        let (outcome, exchange) = try await outcome(of: source, refusing: ["AKID1"], code: code)
        guard case .session(_, _, attempts: 2) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(exchange.keys.withLock { $0 } == ["AKID1", "AKID2"] && source.count.withLock { $0 } == 2)
    }

    @Test func `where the new one is refused too, that is told`() async throws {
        let (outcome, exchange) = try await outcome(of: SerialSource(), refusing: ["AKID1", "AKID2"])
        guard case .failure(.call(let failure)) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(failure.refusesCredential && failure.attempts == 2)
        #expect(exchange.keys.withLock { $0 } == ["AKID1", "AKID2"])
    }

    @Test func `where the source has the same keys still, AWS is not asked again`() async throws {
        let (outcome, exchange) = try await outcome(of: SerialSource(stays: true), refusing: ["AKID1"])
        guard case .failure(.call(let failure)) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(failure.attempts == 1 && exchange.keys.withLock { $0 } == ["AKID1"])
    }

    @Test func `another error is not the credential's fault`() async throws {
        let source = SerialSource()
        let (_, exchange) = try await outcome(of: source, refusing: ["AKID1"], code: "AccessDeniedException")
        #expect(exchange.keys.withLock { $0 } == ["AKID1"] && source.count.withLock { $0 } == 1)
    }
}

/// Gives one key pair after the other, or the same one each time.
private final class SerialSource: CredentialSource {
    let name = "test"
    let count = Mutex(0)
    private let stays: Bool

    init(stays: Bool = false) { self.stays = stays }

    func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        let number = count.withLock { count in
            count += 1
            return stays ? 1 : count
        }
        var secret = Array("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8)
        return FetchedCredential(
            Credential(accessKeyID: "AKID\(number)", secretAccessKey: SecretBytes(takingAndWiping: &secret)), from: name
        )
    }
}

/// Refuses some keys, and notes who signed.
private final class RefusingExchange: HTTPExchange {
    let keys = Mutex<[String]>([])
    private let refused: [String]
    private let code: String

    init(_ refused: [String], code: String) { (self.refused, self.code) = (refused, code) }

    func send(_ request: HTTPExchangeRequest, timeouts: ExchangeTimeouts) async throws -> HTTPExchangeResponse {
        let authorization = request.headers.first { $0.name == "Authorization" }?.value ?? ""
        let key = String(authorization.split(separator: "=").dropFirst().first?.prefix { $0 != "/" } ?? "")
        keys.withLock { $0.append(key) }
        guard refused.contains(key) else {
            return HTTPExchangeResponse(status: 200, headers: [], body: Array(#"{"status":"ENABLED"}"#.utf8))
        }
        return HTTPExchangeResponse(status: 403, headers: [("x-amzn-errortype", code)], body: Array("{}".utf8))
    }
}

private final class CountedSource: CredentialSource {
    let name = "test"
    let count = Mutex(0)

    func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        count.withLock { $0 += 1 }
        var secret = Array("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8)
        let credential = Credential(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: SecretBytes(takingAndWiping: &secret), sessionToken: nil,
            expiration: nil)
        return FetchedCredential(credential, from: name)
    }
}

private final class CountedExchange: HTTPExchange {
    let count = Mutex(0)

    func send(_ request: HTTPExchangeRequest, timeouts: ExchangeTimeouts) async throws -> HTTPExchangeResponse {
        count.withLock { $0 += 1 }
        return HTTPExchangeResponse(status: 200, headers: [], body: Array(#"{"status":"ENABLED"}"#.utf8))
    }
}
