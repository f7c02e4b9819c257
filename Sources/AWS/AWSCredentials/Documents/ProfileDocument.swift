/// Where everything stands in one shared config or credentials file: names, and where their values are, not the values.
///
/// So the file's text, which holds keys, can be sealed away before anybody has copied a piece of it.
/// The format is the SDKs' common one (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>), as the
/// cross-SDK parser cases read it.
package struct ProfileDocument: Sendable, Equatable {
    package enum Kind: Sendable {
        /// `[profile name]`, `[default]`, `[sso-session name]`, `[services name]`.
        case configuration
        /// `[name]`.
        case credentials
    }

    /// The pieces of a value in the file's bytes, its first line, then its continuations: joined by LF they are it.
    package typealias Value = [Range<Int>]
    /// By name in lower case.
    package typealias Properties = [String: Value]

    package internal(set) var profiles: [String: Properties] = [:]
    package internal(set) var ssoSessions: [String: Properties] = [:]
    package internal(set) var services: [String: Properties] = [:]

    /// An empty file.
    package init() {}

    /// Whether any profile has a secret in it.
    var holdsKeys: Bool {
        profiles.values.contains { $0["aws_secret_access_key"] != nil || $0["aws_session_token"] != nil }
    }

    package init(parsing bytes: [UInt8], as kind: Kind) throws(ProfileSyntaxFailure) {
        var parser = ProfileParser(bytes, kind: kind)
        self = try parser.parse()
    }
}

/// What is wrong with the form of a shared file. Fixed words: nothing of the file's text.
package struct ProfileSyntaxFailure: Error, Sendable, Equatable {
    /// From 1.
    package let line: Int
    package let problem: String
}
