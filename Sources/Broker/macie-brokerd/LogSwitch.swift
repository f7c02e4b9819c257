internal import BrokerWire
internal import Logging
internal import Synchronization

/// The log of the broker's own troubles, on standard error. Its level can be changed while it is in use, and each of its
/// lines says so while policy only observes.
final class LogSwitch: Sendable {
    private struct State {
        var level: LogLevel
        var observes: Bool
    }

    private let state: Mutex<State>

    init(level: LogLevel, observes: Bool) { state = Mutex(State(level: level, observes: observes)) }

    var level: LogLevel {
        get { state.withLock(\.level) }
        set { state.withLock { $0.level = newValue } }
    }

    /// Whether policy only observes.
    var observes: Bool {
        get { state.withLock(\.observes) }
        set { state.withLock { $0.observes = newValue } }
    }

    func makeLogger() -> Logger {
        Logger(label: "macie-brokerd") { label in
            SwitchedLogHandler(log: self, inner: StreamLogHandler.standardError(label: label))
        }
    }
}

private struct SwitchedLogHandler: LogHandler {
    let log: LogSwitch
    var inner: StreamLogHandler

    init(log: LogSwitch, inner: StreamLogHandler) {
        self.log = log
        self.inner = inner
        self.inner.logLevel = .trace
    }

    /// The level is everybody's: setting it for one logger alone changes nothing.
    var logLevel: Logger.Level {
        get { Logger.Level(rawValue: log.level.rawValue) ?? .info }
        set {}
    }

    var metadata: Logger.Metadata {
        get { inner.metadata }
        set { inner.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { inner[metadataKey: key] }
        set { inner[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        guard log.observes else { return inner.log(event: event) }
        var event = event
        event.metadata = (event.metadata ?? [:]).merging(["mode": "observe"]) { own, _ in own }
        inner.log(event: event)
    }
}
