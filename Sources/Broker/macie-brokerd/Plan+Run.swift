internal import AWSRuntime
internal import AWSSigning
internal import BrokerAudit
internal import BrokerCore
internal import BrokerServer
internal import BrokerWire
internal import CPlatform
internal import Glibc
internal import HTTPTransport
internal import Logging
internal import NIOPosix
internal import Secrets
internal import ServiceLifecycle
internal import UnixSignals

extension Plan {
    /// The composition root, in the order of the road: socket, transport, upstream, broker, server.
    func run() async throws {
        let started = Moment.now()
        let logger = makeLogger()
        let limits = limitsInForce(logger)
        let records = try openAuditFile()
        let socket = try BoundSocket(at: socket, access: access)

        let inbound = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let outbound = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let transport: HTTPTransport
        do {
            transport = try makeTransport(on: outbound)
        } catch {
            socket.release()
            throw error
        }
        let upstream = MacieUpstream(client: makeClient(transport), routes: routes) { detail in
            logger.error("internal error", metadata: ["detail": "\(detail)"])
        }
        let setup = BrokerSetup(
            profiles: profiles, policy: policy, policySource: policySource, limits: limits,
            cacheSeconds: configuration.cacheSeconds, cacheEntries: configuration.cacheEntries,
            version: Product.version, socketPath: socket.path.path, processID: getpid(), started: started,
            upstream: upstream)
        let server = BrokerServer(
            socket: socket, group: inbound, upstream: upstream, drainSeconds: configuration.shutdownSeconds,
            logger: logger,
            makeBroker: { Broker(setup: setup, audit: LineAuditSink(descriptor: records)) },
            whenReady: {
                StandardStream.write(await ReadyLine(self, upstream).text, to: STDOUT_FILENO)
                if !SecretBytes.lockingWorks {
                    logger.warning(
                        "memory for secrets could not be locked: raise RLIMIT_MEMLOCK, or secrets may be swapped out")
                }
            })

        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(
                // Stopped in reverse order: the watch for a second signal outlives the server.
                services: [
                    .init(service: SecondSignal()),
                    .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        ).run()
        try await transport.shutdown()
    }

    private func limitsInForce(_ logger: Logger) -> Limits {
        let descriptors = broker_raise_descriptor_limit()
        guard descriptors >= 0 else {
            logger.warning("the limit of open descriptors could not be raised")
            return configuration.limits
        }
        let limits = configuration.limits.held(toDescriptors: descriptors)
        if limits != configuration.limits {
            logger.warning(
                "\(descriptors) open descriptors allow only \(limits.connections) connections: raise RLIMIT_NOFILE")
        }
        return limits
    }

    private func makeTransport(on group: MultiThreadedEventLoopGroup) throws -> HTTPTransport {
        do throws(HTTPTransportFailure) {
            return try HTTPTransport(
                configuration: HTTPTransportConfiguration(
                    caBundlePath: configuration.http.caBundle, environment: environment),
                eventLoopGroup: group)
        } catch {
            throw ConfigurationFailure(file: file ?? "environment", place: nil, problem: error.description)
        }
    }

    private func makeClient(_ transport: HTTPTransport) -> AWSClient {
        let http = configuration.http
        return AWSClient(
            exchange: transport, keyring: SigningKeyring(), policy: RetryPolicy(maximumAttempts: http.maximumAttempts),
            timeouts: ExchangeTimeouts(
                connect: .seconds(http.connectSeconds), attempt: .seconds(http.attemptSeconds),
                whole: .seconds(http.requestSeconds)),
            userAgent: "macie-broker/\(Product.version)")
    }

    private func makeLogger() -> Logger {
        var logger = Logger(label: "macie-brokerd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        return logger
    }

    /// A line a decision: appended to the configured file, else to standard error.
    private func openAuditFile() throws -> CInt {
        guard let path = configuration.audit.file else { return STDERR_FILENO }
        // SAFETY: a String given as a C string lives for the call.
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ConfigurationFailure(file: file ?? path, place: nil, problem: "audit.file \(path) cannot be opened")
        }
        return descriptor
    }
}

/// Ends the process at once when a second signal comes: whoever sends two does not want to wait.
private struct SecondSignal: Service {
    func run() async throws {
        var seen = 0
        for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint).cancelOnGracefulShutdown() {
            seen += 1
            guard seen > 1 else { continue }
            StandardError.write("macie-brokerd: second signal, stopping at once\n")
            // The path was given back at the first signal, the kernel gives back the lock.
            _exit(128 + (signal == .sigint ? SIGINT : SIGTERM))
        }
    }
}
