internal import AWSCredentials
internal import AWSRuntime
internal import Glibc
internal import Secrets

/// The environment of this process: its secrets are taken out of it, once, before anything else reads it.
enum ProcessEnvironment {
    /// Settings and secrets. The first to ask is the start, where there is one thread only.
    static let start: StartEnvironment = {
        var secrets: [String: SealedText] = [:]
        for name in StartEnvironment.secretNames {
            guard let value = EnvironmentBlock.takeSecret(name) else { continue }
            secrets[name] = SealedText(value).trimmed
        }
        return StartEnvironment(variables: read(), secrets: secrets)
    }()

    /// What it says besides its secrets.
    static var variables: [String: String] { start.variables }

    private static func read() -> [String: String] {
        var values: [String: String] = [:]
        // SAFETY: environ(7) ends with a null pointer; nobody changes it while this single start-up thread reads.
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
            unsafe entry += 1
        }
        return values
    }
}
