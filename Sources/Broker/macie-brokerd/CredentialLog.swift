internal import AWSCredentials
internal import Logging
internal import Synchronization
internal import Timestamps

/// What the operator's log says of credentials: each change of state once, each warning once.
final class CredentialLog: Sendable {
    private let logger: Logger
    private let warned = Mutex<Set<String>>([])

    init(_ logger: Logger) { self.logger = logger }

    func tell(_ news: CredentialNews, of profile: String) {
        var metadata: Logger.Metadata = ["profile": "\(profile)", "source": "\(news.source)"]
        if let user = news.user { metadata["user"] = "\(user.name ?? String(user.uid))" }
        switch news.event {
        case .obtained(let end):
            metadata["until"] = end.map { "\($0.rfc3339)" }
            logger.debug("credentials are there", metadata: metadata)
        case .recovered(let end):
            metadata["until"] = end.map { "\($0.rfc3339)" }
            logger.notice("credentials are there again", metadata: metadata)
        case .failing(let failure, let end):
            metadata["until"] = end.map { "\($0.rfc3339)" }
            metadata["reason"] = "\(failure.why)"
            metadata["remedy"] = "\(failure.remedy)"
            logger.warning(
                "credentials could not be renewed; those that are held are good until then", metadata: metadata)
        case .lost(let failure):
            metadata["reason"] = "\(failure.why)"
            metadata["remedy"] = "\(failure.remedy)"
            logger.error("there are no credentials", metadata: metadata)
        }
    }

    /// More warnings than anybody reads are not kept apart.
    private static let warningsAtMost = 256

    func warn(_ text: String) {
        let isNew = warned.withLock { $0.count < Self.warningsAtMost && $0.insert(text).inserted }
        if isNew { logger.warning("\(text)") }
    }
}
