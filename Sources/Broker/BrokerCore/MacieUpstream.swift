package import AWSCredentials
package import AWSRuntime
package import AWSSigning
package import BrokerWire
internal import Macie2
internal import Secrets
package import Timestamps

/// The real upstream: a profile's credential, a signed request, AWS's answer.
package final class MacieUpstream: Upstream {
    /// Where one profile reaches AWS.
    package struct Route: Sendable {
        package let profile: ProfileName
        /// The endpoint for a region; fails when the configuration contradicts itself.
        package let endpoint: @Sendable (Region) throws(EndpointFailure) -> EndpointURL

        package init(
            profile: ProfileName, endpoint: @escaping @Sendable (Region) throws(EndpointFailure) -> EndpointURL
        ) {
            self.profile = profile
            self.endpoint = endpoint
        }
    }

    private let client: AWSClient
    private let store: CredentialStore
    private let keyring: SigningKeyring
    private let routes: [ProfileName: Route]
    private let gate: SigningGate
    private let report: @Sendable (String) -> Void

    /// `report` is told, once per failure, what is for the operator's eyes only. `gate` and `keyring` are the client's.
    package init(
        client: AWSClient, gate: SigningGate, keyring: SigningKeyring, store: CredentialStore, routes: [Route],
        report: @escaping @Sendable (String) -> Void
    ) {
        self.client = client
        self.store = store
        self.keyring = keyring
        self.routes = Dictionary(routes.map { ($0.profile, $0) }) { _, last in last }
        self.gate = gate
        self.report = report
    }

    package func fetch(_ key: SessionKey) async -> FlightOutcome {
        guard gate.isOpen else { return .failure(.locked) }
        guard let route = routes[key.profile], let keeper = store.keeper(of: key.profile.name, for: key.user) else {
            return impossible("no route for profile \(key.profile)")
        }
        do {
            let credential = try await keeper.credential()
            do {
                return try await session(key, by: route, with: credential, attemptsBefore: 0)
            } catch let failure as AWSCallFailure where failure.refusesCredential {
                // Renewed once, signed anew, asked again: AWS knows better than the clock whether a credential is good.
                guard let other = await keeper.replacement(for: credential) else { throw failure }
                return try await session(key, by: route, with: other, attemptsBefore: failure.attempts)
            }
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

    private func session(
        _ key: SessionKey, by route: Route, with credential: Credential, attemptsBefore: Int
    ) async throws -> FlightOutcome {
        let endpoint = try route.endpoint(key.region)
        do {
            let reply = try await client.call(
                GetMacieSession(), region: key.region, endpoint: endpoint, credential: credential)
            return .session(reply.output, requestID: reply.requestID, attempts: attemptsBefore + reply.attempts)
        } catch let failure as AWSCallFailure {
            throw AWSCallFailure(cause: failure.cause, attempts: attemptsBefore + failure.attempts)
        }
    }

    private func impossible(_ detail: String) -> FlightOutcome {
        report(detail)
        return .failure(.impossible)
    }
}

// MARK: - Credentials

extension MacieUpstream {
    /// Tries to get a profile's credentials, so that the ready line can say whether they are there.
    package func probeCredentials(of profile: ProfileName) async -> CredentialState {
        // As in `lookAfter`: while the broker is locked no source is asked.
        if gate.isOpen { _ = try? await store.keeper(of: profile.name, for: nil)?.credential() }
        return credentialState(of: profile)
    }

    package func credentialState(of profile: ProfileName) -> CredentialState {
        guard let account = store.account(of: profile.name) else {
            return CredentialState(source: "none", readiness: .untried)
        }
        let readiness: CredentialState.Readiness =
            if account.isUsable { .ready(expiresAt: account.expiresAt) } else if let failure = account.failure {
                .unavailable(reason: failure.why)
            } else { .untried }
        return CredentialState(source: account.source, readiness: readiness)
    }

    package func setLocked(_ isLocked: Bool) { gate.set(open: !isLocked) }

    package var hasStartedProcesses: Bool { ProcessSource.hasStarted }

    package func lookAfter() {
        // While the broker is locked no source is asked: what it needs signed is not signed.
        if gate.isOpen { store.lookAfter() }
        keyring.removeOrphans()
    }

    package func credentials() -> [CredentialEntry] {
        store.accounts().compactMap { profile, account in
            ProfileName(profile).map { CredentialEntry(profile: $0, account: account) }
        }
    }

    package func give(_ keys: GivenKeys, at now: Timestamp) -> Result<CredentialEntry, Failure> {
        let end = keys.lifetimeSeconds.map { now.adding(seconds: Double($0)) }
        do throws(CredentialFailure) {
            let credential = try HeldCredential.given(
                accessKeyID: keys.accessKeyID, secretAccessKey: keys.secretAccessKey.sealed(),
                sessionToken: keys.sessionToken.map { SealedText($0.sealed()) }, until: end)
            guard let account = store.give(credential, to: keys.profile.name) else { return .failure(.noSuchProfile) }
            return .success(CredentialEntry(profile: keys.profile, account: account))
        } catch {
            return .failure(.keysUnusable(error.why))
        }
    }

    package func removeCredentials(of profile: ProfileName) -> Int? {
        defer { keyring.removeAll() }
        return store.remove(profile.name)
    }

    package func dropCredentials() -> Int {
        defer { keyring.removeAll() }
        return store.dropAll()
    }
}

extension WireSecret {
    /// A copy in locked memory.
    fileprivate func sealed() -> SecretBytes {
        // SAFETY: bytes have no padding.
        lend { unsafe SecretBytes(copying: $0.bytes) }
    }
}
