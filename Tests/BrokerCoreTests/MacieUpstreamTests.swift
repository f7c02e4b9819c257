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
