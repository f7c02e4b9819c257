package import BrokerWire

/// Keys as a person or a program offers them to `macie-broker admin credentials add`.
package struct OfferedKeys: Sendable {
    /// The most that is read of them, in bytes.
    package static let inputBytes = 65_536

    package let accessKeyID: String
    package let secretAccessKey: WireSecret
    package let sessionToken: WireSecret?
    /// When they end, if that was said.
    package let expiration: BrokerTimestamp?

    /// Keys of what `bytes` hold, which are wiped whatever comes of it: a JSON object, or lines.
    package init(wiping bytes: inout [UInt8]) throws(OfferedKeysFailure) {
        defer { bytes.wipe() }
        guard let first = bytes.first(where: { !Self.isBlank($0) }) else { throw .nothingGiven }
        let isJSON = first == UInt8(ascii: "{")
        let parts = try isJSON ? KeyParts(json: bytes.span) : KeyParts(lines: bytes.span)
        try self.init(parts)
    }

    init(_ parts: consuming KeyParts) throws(OfferedKeysFailure) {
        let names = parts.names
        guard let id = parts.accessKeyID, id.byteCount > 0 else { throw .missing(names.accessKeyID) }
        guard let secret = parts.secretAccessKey, secret.byteCount > 0 else { throw .missing(names.secretAccessKey) }
        let token = parts.sessionToken.flatMap { $0.byteCount == 0 ? nil : $0 }
        try Self.check(id, names.accessKeyID, GivenKeys.accessKeyIDBytes)
        try Self.check(secret, names.secretAccessKey, GivenKeys.secretAccessKeyBytes)
        if let token { try Self.check(token, names.sessionToken, GivenKeys.sessionTokenBytes) }
        accessKeyID = id.lend { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
        secretAccessKey = secret
        sessionToken = token
        expiration = parts.expiration
    }

    /// What the broker is to be told. `lifetime`, in seconds, can only shorten what the keys say themselves; nobody's keys
    /// count longer than the protocol has it.
    package func given(
        to profile: String, lifetime: Int?, at now: BrokerTimestamp
    ) throws(OfferedKeysFailure) -> GivenKeys {
        guard let profile = ProfileName(profile) else { throw .badProfile }
        var seconds = lifetime
        if let expiration {
            let left = expiration.secondsSince(now).rounded(.down)
            guard left >= Double(GivenKeys.lifetimes.lowerBound) else { throw .expired(expiration) }
            let longest = Double(GivenKeys.lifetimes.upperBound)
            seconds = min(seconds ?? .max, Int(min(left, longest)))
        }
        return GivenKeys(
            profile: profile, accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken,
            lifetimeSeconds: seconds)
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func check(
        _ value: WireSecret, _ name: String, _ range: ClosedRange<Int>
    ) throws(OfferedKeysFailure) {
        guard range.contains(value.byteCount) else { throw .tooLong(name, bytesAtMost: range.upperBound) }
        let isVisible = value.lend { span in span.indices.allSatisfy { (0x21...0x7E).contains(span[$0]) } }
        guard isVisible else { throw .unfitCharacter(name) }
    }
}

/// What stood in the input, not judged yet, and by which names it is to be told of.
struct KeyParts {
    struct Names: Equatable {
        let accessKeyID: String
        let secretAccessKey: String
        let sessionToken: String
        let expiration: String
    }

    let names: Names
    var accessKeyID: WireSecret?
    var secretAccessKey: WireSecret?
    var sessionToken: WireSecret?
    var expiration: BrokerTimestamp?
}

extension KeyParts.Names {
    /// Of the JSON that a credential_process prints.
    static let json = Self(
        accessKeyID: "AccessKeyId", secretAccessKey: "SecretAccessKey", sessionToken: "SessionToken",
        expiration: "Expiration")
    /// Of variables, and in lower case of the shared files' settings.
    static let lines = Self(
        accessKeyID: "AWS_ACCESS_KEY_ID", secretAccessKey: "AWS_SECRET_ACCESS_KEY", sessionToken: "AWS_SESSION_TOKEN",
        expiration: "AWS_CREDENTIAL_EXPIRATION")
    /// Of what is asked for at a terminal.
    static let typed = Self(
        accessKeyID: "the access key id", secretAccessKey: "the secret access key", sessionToken: "the session token",
        expiration: "")
}
