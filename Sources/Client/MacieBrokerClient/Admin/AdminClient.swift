package import BrokerWire
internal import JSONText

/// A client of the broker's admin door. Each call is one method of section 15 of PROTOCOL.md; failures are as those of
/// `BrokerClient`, `answered` with `PermissionDenied` for who may connect but not ask.
package final class AdminClient: Sendable {
    package typealias Passphrase = BrokerWire.Passphrase
    package typealias GivenKeys = BrokerWire.GivenKeys

    let client: BrokerClient

    /// A client of the admin socket at `path`. Nothing is connected yet. The time is as for `BrokerClient`.
    package init(at path: String, timeoutSeconds: Double = BrokerClient.usualTimeoutSeconds) {
        client = BrokerClient(at: .path(path), timeoutSeconds: timeoutSeconds)
    }

    /// Has the configuration read anew; `answered` with `ConfigurationInvalid` leaves the old one in force.
    package func reload() throws(ClientFailure) -> ReloadAnswer { try ReloadAnswer(try client.result(of: .reload)) }

    package func status() throws(ClientFailure) -> AdminStatusAnswer {
        try AdminStatusAnswer(try client.result(of: .adminStatus))
    }

    package func metrics() throws(ClientFailure) -> MetricsAnswer { try MetricsAnswer(try client.result(of: .metrics)) }

    /// Has the cached answers forgotten: of one profile, or of all.
    package func dropCache(profile: String? = nil) throws(ClientFailure) -> DropCacheAnswer {
        try DropCacheAnswer(try client.result(of: .dropCache, BrokerClient.parameters(profile, nil, nil)))
    }

    package func lock(_ passphrase: Passphrase) throws(ClientFailure) -> LockAnswer {
        try LockAnswer(try client.result(of: .lock, Self.parameters(passphrase)))
    }

    package func unlock(_ passphrase: Passphrase) throws(ClientFailure) -> LockAnswer {
        try LockAnswer(try client.result(of: .unlock, Self.parameters(passphrase)))
    }

    /// `level` is one of `logLevels`.
    package func setLogLevel(_ level: String) throws(ClientFailure) -> LogLevelAnswer {
        try LogLevelAnswer(try client.result(of: .setLogLevel, JSONObject([("level", .string(level))])))
    }

    package func explain(_ query: AdminExplainQuestion) throws(ClientFailure) -> AdminExplainAnswer {
        try AdminExplainAnswer(try client.result(of: .adminExplain, query.parameters))
    }

    package static var logLevels: [String] { LogLevel.allCases.map(\.rawValue) }

    private static func parameters(_ passphrase: Passphrase) -> RequestParameters {
        .written(bytesAtMost: 32 + 6 * Passphrase.byteRange.upperBound) { line in
            JSONText.append("{\"passphrase\":", to: &line)
            passphrase.lend { RequestParameters.appendQuoted($0, to: &line) }
            line.append(UInt8(ascii: "}"))
        }
    }
}
