internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire

/// What an administrator's request needs that does not belong on the event loop: files, names, long arithmetic. The owner
/// runs it as a task and hands the outcome to `Broker.finish`.
package struct Errand: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case reload
        /// Makes what the passphrase will be checked against.
        case seal(Passphrase)
        case unseal(Passphrase, SealedPassphrase)
        /// Finds a user and their groups by name.
        case find(AdminExplainQuery)
    }

    enum Outcome: Sendable {
        case reloaded(Result<ReloadedSetup, ConfigurationProblem>)
        case sealed(SealedPassphrase?)
        case unsealed(Bool)
        case found(Result<Peer, Failure>, AdminExplainQuery)
    }

    let kind: Kind
    /// Whom the outcome is for; nil for a signal.
    let asker: Asker?

    /// Everything that the reply and the record need.
    struct Asker: Sendable, Equatable {
        let origin: RecordOrigin
        let id: RequestID
        let method: BrokerWire.Method
        let asked: Moment

        var peer: Peer { origin.peer }

        static func == (left: Asker, right: Asker) -> Bool {
            left.origin.connection == right.origin.connection && left.id == right.id
        }
    }

    /// A reload that nobody waits for: SIGHUP.
    package static let reload = Errand(kind: .reload, asker: nil)

    /// Runs it, outside the event loop.
    package func run(on host: any BrokerHost) async -> ErrandOutcome {
        switch kind {
        case .reload: ErrandOutcome(.reloaded(await host.reload()))
        case .seal(let passphrase): ErrandOutcome(.sealed(SealedPassphrase(passphrase)))
        case .unseal(let passphrase, let seal): ErrandOutcome(.unsealed(seal.opens(with: passphrase)))
        case .find(let query): ErrandOutcome(.found(query.subject(), query))
        }
    }
}

/// What an errand has brought.
package struct ErrandOutcome: Sendable {
    let outcome: Errand.Outcome

    init(_ outcome: Errand.Outcome) { self.outcome = outcome }
}

extension AdminExplainQuery {
    /// Whom the query is about.
    func subject() -> Result<Peer, Failure> {
        do throws(NoSuchAccount) {
            return .success(try Peer(user: user, groups: groups ?? []))
        } catch {
            switch error {
            case .user(let name), .group(let name): return .failure(.noSuchAccount(name))
            }
        }
    }
}
