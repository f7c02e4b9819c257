package import AWSCredentials
package import AWSRuntime
package import BrokerWire
internal import Macie2
internal import Secrets
internal import Synchronization
internal import Timestamps

/// The real upstream: a profile's credential, a signed request, AWS's answer.
package final class MacieUpstream: Upstream {
    /// What one profile needs to reach AWS.
    package struct Route: Sendable {
        package let profile: ProfileName
        package let credentials: any CredentialSource
        /// The endpoint for a region; fails when the configuration contradicts itself.
        package let endpoint: @Sendable (Region) throws(EndpointFailure) -> EndpointURL

        package init(
            profile: ProfileName, credentials: any CredentialSource,
            endpoint: @escaping @Sendable (Region) throws(EndpointFailure) -> EndpointURL
        ) {
            self.profile = profile
            self.credentials = credentials
            self.endpoint = endpoint
        }
    }

    private let client: AWSClient
    private let routes: [ProfileName: Route]
    private let states: Mutex<[ProfileName: CredentialState]>
    private let gate: SigningGate
    private let report: @Sendable (String) -> Void

    /// `report` is told, once per failure, what is for the operator's eyes only.
    /// `gate` is the client's.
    package init(client: AWSClient, gate: SigningGate, routes: [Route], report: @escaping @Sendable (String) -> Void) {
        self.client = client
        self.gate = gate
        self.routes = Dictionary(routes.map { ($0.profile, $0) }) { _, last in last }
        self.report = report
        states = Mutex([:])
    }

    package func fetch(_ key: SessionKey) async -> FlightOutcome {
        guard gate.isOpen else { return .failure(.locked) }
        guard let route = routes[key.profile] else { return impossible("no route for profile \(key.profile)") }
        do {
            let credential = try await credential(for: route)
            let endpoint = try route.endpoint(key.region)
            let reply = try await client.call(
                GetMacieSession(), region: key.region, endpoint: endpoint, credential: credential)
            return .session(reply.output, requestID: reply.requestID, attempts: reply.attempts)
        } catch let failure as CredentialFailure {
            return .failure(.credentials(failure, of: key.profile))
        } catch let failure as AWSCallFailure {
            return .failure(.call(failure))
        } catch let failure as EndpointFailure {
            return .failure(.endpoint(failure))
        } catch {
            return impossible("a call ended in \(type(of: error))")
        }
    }

    /// Tries to get a profile's credentials, so that the ready line can say whether they are there.
    package func probeCredentials(of profile: ProfileName) async -> CredentialState {
        if let route = routes[profile] { _ = try? await credential(for: route) }
        return credentialState(of: profile)
    }

    package func credentialState(of profile: ProfileName) -> CredentialState {
        states.withLock { $0[profile] }
            ?? CredentialState(source: routes[profile]?.credentials.name ?? "none", readiness: .untried)
    }

    package func setLocked(_ isLocked: Bool) { gate.set(open: !isLocked) }

    private func credential(for route: Route) async throws -> Credential {
        do {
            let (credential, source) = try await found(by: route.credentials)
            note(CredentialState(source: source, readiness: .ready(expiresAt: credential.expiration)), of: route)
            return credential
        } catch let failure as CredentialFailure {
            note(CredentialState(source: failure.source, readiness: .unavailable(reason: failure.why)), of: route)
            throw failure
        }
    }

    /// A chain says which of its sources had the credential.
    private func found(by source: any CredentialSource) async throws -> (Credential, source: String) {
        guard let chain = source as? DefaultChain else { return (try await source.credential(), source.name) }
        let found = try await chain.search()
        return (found.credential, found.source)
    }

    private func note(_ state: CredentialState, of route: Route) { states.withLock { $0[route.profile] = state } }

    private func impossible(_ detail: String) -> FlightOutcome {
        report(detail)
        return .failure(.impossible)
    }
}
