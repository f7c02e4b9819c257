internal import AWSCredentials
internal import AWSRuntime
internal import AWSSigning
internal import BrokerWire
internal import NIOPosix
internal import Secrets
internal import Synchronization
internal import Timestamps

/// Looks for credentials as the broker would, once, for `--check`.
struct CredentialFinder {
    private let transports: Transports
    private let surroundings: CredentialRecipe.Surroundings
    private let warnings = Warnings()

    init(for plan: Plan) throws(ConfigurationFailure) {
        transports = try Transports(for: plan, on: MultiThreadedEventLoopGroup.singleton)
        let client = AWSClient(
            exchange: transports.credentials, keyring: SigningKeyring(),
            policy: RetryPolicy(maximumAttempts: plan.configuration.http.maximumAttempts),
            timeouts: plan.configuration.http.timeouts, userAgent: Product.userAgent)
        surroundings = CredentialRecipe.Surroundings(
            start: ProcessEnvironment.start, client: client, clock: CredentialClock(),
            http: plan.configuration.http,
            warn: { [warnings] in warnings.add($0) })
    }

    /// Whether a profile's credentials are there, until when, and what is to be said about where they lie.
    func words(for recipe: CredentialRecipe) async -> String {
        let source = recipe.supply(in: surroundings).source
        var words: String
        do {
            let fetched = try await source.fetch(for: nil)
            let end = fetched.credential.expiration.map { ", until \($0.rfc3339)" } ?? ""
            words = "\(source.name), found\(fetched.source == source.name ? "" : " by \(fetched.source)")\(end)"
        } catch {
            words = "\(source.name), NOT FOUND: \(error)"
        }
        for warning in warnings.take() { words += "\nWARNING        \(warning)" }
        return words
    }

    func shutdown() async { try? await transports.shutdown() }
}

/// What sources have warned of and nobody has been told yet.
private final class Warnings: Sendable {
    private let texts = Mutex<[String]>([])

    func add(_ text: String) { texts.withLock { $0.append(text) } }

    func take() -> [String] {
        texts.withLock { texts in
            defer { texts = [] }
            return texts
        }
    }
}
