internal import BrokerWire

extension KeyParts {
    /// Lines of NAME=VALUE, as of a shell's variables (`export ` may stand before) or of the shared credentials file (blanks
    /// around the `=`, one `[profile]`). Quotes around a value do not count; comments, blank lines and other names are
    /// passed over.
    init(lines bytes: Span<UInt8>) throws(OfferedKeysFailure) {
        self.init(names: .lines)
        var (number, start, headings) = (1, 0, 0)
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
            let line = Self.trimmed(start..<end, in: bytes)
            switch line.isEmpty ? UInt8(ascii: "#") : bytes[line.lowerBound] {
            case UInt8(ascii: "#"), UInt8(ascii: ";"): break
            case UInt8(ascii: "["):
                headings += 1
                guard headings == 1 else { throw .severalProfiles(line: number) }
            default: try take(line, in: bytes, line: number)
            }
            (number, start) = (number + 1, end + 1)
        }
    }

    private mutating func take(
        _ line: Range<Int>, in bytes: Span<UInt8>, line number: Int
    ) throws(OfferedKeysFailure) {
        guard let equals = line.first(where: { bytes[$0] == UInt8(ascii: "=") }) else { throw .notALine(number) }
        guard let name = Self.name(line.lowerBound..<equals, in: bytes) else { throw .notALine(number) }
        var value = Self.trimmed(equals + 1..<line.upperBound, in: bytes)
        if let quote = value.first.map({ bytes[$0] }), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            guard value.count > 1, bytes[value.upperBound - 1] == quote else { throw .openQuote(line: number) }
            value = value.lowerBound + 1..<value.upperBound - 1
        }
        switch name {
        case names.accessKeyID: try Self.set(&accessKeyID, name, value, in: bytes)
        case names.secretAccessKey: try Self.set(&secretAccessKey, name, value, in: bytes)
        case names.sessionToken: try Self.set(&sessionToken, name, value, in: bytes)
        case names.expiration:
            guard expiration == nil else { throw .twice(name) }
            guard !value.isEmpty else { break }
            expiration = try Self.instant(name, Self.secret(value, in: bytes))
        default: break
        }
    }

    private static func set(
        _ part: inout WireSecret?, _ name: String, _ value: Range<Int>, in bytes: Span<UInt8>
    ) throws(OfferedKeysFailure) {
        guard part == nil else { throw .twice(name) }
        part = secret(value, in: bytes)
    }

    /// A copy in one array that has not grown.
    private static func secret(_ range: Range<Int>, in bytes: Span<UInt8>) -> WireSecret {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range { copy.append(bytes[index]) }
        return WireSecret(taking: copy)
    }

    /// In upper case, without `export `; nil for what is no variable's name.
    private static func name(_ range: Range<Int>, in bytes: Span<UInt8>) -> String? {
        var words: [String] = [""]
        for index in trimmed(range, in: bytes) {
            switch bytes[index] {
            case 0x20, 0x09: if words.last != "" { words.append("") }
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                words[words.count - 1].unicodeScalars.append(Unicode.Scalar(bytes[index]))
            default: return nil
            }
        }
        if words.count == 2, words[0] == "export" { words.removeFirst() }
        guard words.count == 1, let name = words.first, !name.isEmpty else { return nil }
        return name.uppercased()
    }

    private static func trimmed(_ range: Range<Int>, in bytes: Span<UInt8>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, OfferedKeys.isBlank(bytes[start]) { start += 1 }
        while end > start, OfferedKeys.isBlank(bytes[end - 1]) { end -= 1 }
        return start..<end
    }
}
