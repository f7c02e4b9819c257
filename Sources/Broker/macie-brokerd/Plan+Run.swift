internal import AWSRuntime
internal import AWSSigning
internal import BrokerAccess
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
    /// The composition root, in the order of the road: sockets, transport, upstream, broker, server.
    func run(_ command: Serve) async throws {
        let started = Moment.now()
        let log = LogSwitch(level: logLevel, observes: policy.mode == .observe)
        let logger = log.makeLogger()
        let budget = descriptorBudget(logger)
        let sockets = try bindSockets(logger)

        let inbound = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let outbound = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let transports: Transports
        do {
            try checkMemory()
            transports = try Transports(for: self, on: outbound)
        } catch {
            for (_, socket) in sockets { socket.release() }
            throw error
        }
        let assembly = Assembly(
            self,
            identity: BrokerSetup.Identity(
                version: Product.version, socketPath: socket.path, processID: getpid(), started: started),
            connectionsAtMost: budget.connections, transports: transports, logger: logger)
        let upstream = assembly.upstream(for: self)
        let setup = assembly.setup(for: self, upstream: upstream)
        let host = RunningHost(
            self, command: command, log: log, assembly: assembly, processesHeldAtMost: budget.processes)
        let audit = configuration.audit
        let server = BrokerServer(
            sockets: sockets, group: inbound, drainSeconds: configuration.shutdownSeconds, logger: logger,
            orders: OperatorSignals.stream(),
            makeBroker: { Broker(setup: setup, audit: try audit.openSink(), host: host, at: .now()) },
            whenReady: {
                StandardStream.write(await ReadyLine(self, upstream).text, to: STDOUT_FILENO)
                if case .unlocked(let reason) = SecretMemory.status { logger.warning("\(reason)") }
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
        try await transports.shutdown()
    }

    /// Secrets that may be swapped out are worth a warning, or no start at all.
    private func checkMemory() throws {
        // What libcrypto keeps of keys counts too.
        SigningMemory.prepare()
        guard configuration.requireLockedMemory, case .unlocked(let reason) = SecretMemory.status else { return }
        throw ConfigurationFailure(file: file ?? "environment", place: nil, problem: "requireLockedMemory: \(reason)")
    }

    private func descriptorBudget(_ logger: Logger) -> DescriptorBudget {
        let descriptors = broker_raise_descriptor_limit()
        if descriptors < 0 { logger.warning("the limit of open descriptors could not be raised") }
        let budget = DescriptorBudget(
            descriptors: descriptors < 0 ? .max : descriptors, limits: configuration.limits)
        if budget.connections < configuration.limits.connections {
            logger.warning(
                "\(descriptors) open descriptors allow only \(budget.connections) connections: raise RLIMIT_NOFILE")
        }
        return budget
    }

    /// The clients' socket and the administrators'. Either all that are configured stand or none.
    private func bindSockets(_ logger: Logger) throws -> [(door: Door, socket: BoundSocket)] {
        let people = try BoundSocket(at: socket, access: access)
        do {
            guard let path = try adminSocket(logger) else { return [(.people, people)] }
            let access = BoundSocket.Access(mode: configuration.admin.mode, group: configuration.admin.group)
            return [(.people, people), (.admin, try BoundSocket(at: path, access: access))]
        } catch {
            people.release()
            throw error
        }
    }

    /// Where administrators connect; nil when nowhere.
    private func adminSocket(_ logger: Logger) throws -> SocketPath? {
        let admin = configuration.admin
        guard admin.isEnabled else { return nil }
        if let path = admin.socket { return path }
        do {
            return try SocketPath(socket.path + ".admin")
        } catch {
            logger.warning("there is no admin socket: set admin.socket", metadata: ["reason": "\(error)"])
            return nil
        }
    }
}

extension Configuration.Audit {
    /// The file that is configured, else standard error.
    fileprivate func openSink() throws -> any AuditSink {
        guard isEnabled else { return NoAudit() }
        guard let file else { return LineAuditSink(descriptor: STDERR_FILENO) }
        return try AuditFile(path: file, rotateBytes: rotateBytes)
    }
}

/// What operators say by signals, as they say it.
private enum OperatorSignals {
    /// The signals are caught from now on, which by default would end the process.
    static func stream() -> AsyncStream<OperatorSignal> {
        AsyncStream { continuation in
            let watch = Task {
                for await signal in await UnixSignalsSequence(trapping: .sighup, .sigusr1) {
                    continuation.yield(signal == .sighup ? .hangUp : .dropCredentials)
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in watch.cancel() }
        }
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
