/// Why bytes are not the JSON that was asked for. It names a place, never the text found there: that may be a secret.
package struct JSONFailure: Error, Equatable, Sendable {
    package enum Reason: String, Sendable {
        case unexpectedEnd = "the text ends too early"
        case unexpectedByte = "unexpected character"
        case invalidUTF8 = "not UTF-8"
        case controlCharacter = "control character inside a string"
        case invalidEscape = "unknown escape"
        case loneSurrogate = "half a surrogate pair"
        case nulCharacter = "NUL character"
        case invalidNumber = "not a JSON number"
        case duplicateKey = "the same member twice"
        case tooDeep = "nested too deep"
        case trailingBytes = "something after the end of the value"
    }

    package let reason: Reason
    /// Bytes from the start of the text, from 0.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension JSONFailure: CustomStringConvertible {
    /// The reason and the byte, such as `the same member twice at byte 17`.
    package var description: String { "\(reason.rawValue) at byte \(offset)" }
}

/// How strict a reader is where RFC 8259 leaves parsers room to disagree.
package struct JSONRules: Sendable, Equatable {
    package enum DuplicateKeys: Sendable { case refuse, lastWins }

    package var duplicateKeys: DuplicateKeys
    /// Nested arrays and objects, the outermost included.
    package var maximumDepth: Int
    /// Whether a string may contain U+0000, written `\u0000`.
    package var allowsNUL: Bool

    package init(duplicateKeys: DuplicateKeys, maximumDepth: Int, allowsNUL: Bool) {
        self.duplicateKeys = duplicateKeys
        self.maximumDepth = maximumDepth
        self.allowsNUL = allowsNUL
    }

    /// For what clients send: nothing on which two parsers could disagree.
    package static let strict = JSONRules(duplicateKeys: .refuse, maximumDepth: 32, allowsNUL: false)
    /// For what AWS sends: botocore's reading (the last of two equal members wins), without its laxness.
    package static let lenientAWS = JSONRules(duplicateKeys: .lastWins, maximumDepth: 64, allowsNUL: true)
}
