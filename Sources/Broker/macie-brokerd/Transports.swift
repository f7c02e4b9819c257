internal import HTTPTransport
internal import NIOPosix

/// The two ways out: to AWS for answers, over connections that are kept, and to whoever gives credentials, over a connection
/// each, which takes what it has buffered with it.
struct Transports: Sendable {
    let answers: HTTPTransport
    let credentials: HTTPTransport

    /// - Throws: `ConfigurationFailure` when the CA bundle or a proxy variable cannot be used.
    init(for plan: Plan, on group: MultiThreadedEventLoopGroup) throws(ConfigurationFailure) {
        func transport(keepsConnections: Bool) throws(HTTPTransportFailure) -> HTTPTransport {
            try HTTPTransport(
                configuration: HTTPTransportConfiguration(
                    caBundlePath: plan.configuration.http.caBundle, environment: plan.environment,
                    keepsConnections: keepsConnections), eventLoopGroup: group)
        }
        do throws(HTTPTransportFailure) {
            answers = try transport(keepsConnections: true)
            credentials = try transport(keepsConnections: false)
        } catch {
            throw ConfigurationFailure(file: plan.file ?? "environment", place: nil, problem: error.description)
        }
    }

    func shutdown() async throws {
        try await answers.shutdown()
        try await credentials.shutdown()
    }
}
