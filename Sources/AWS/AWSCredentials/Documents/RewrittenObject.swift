import JSONText
import Secrets

/// A JSON object in which some members have other texts than before, and all the rest is as it was, byte for byte.
enum RewrittenObject {
    /// The object's bytes, in one array that has not grown and that the caller wipes; nil when `original` is no object.
    /// Members that it does not have come last.
    static func bytes(of original: SealedText, with members: [(name: String, text: SealedText)]) -> [UInt8]? {
        original.bytes.lend { span in try? rewritten(Span<UInt8>(_bytes: span), with: members) }
    }

    /// A value to be replaced, by its place.
    private struct Change {
        let place: Range<Int>
        let text: SealedText
    }

    private static func rewritten(
        _ bytes: Span<UInt8>, with members: [(name: String, text: SealedText)]
    ) throws(JSONFailure) -> [UInt8] {
        var reader = JSONReader(rules: .lenientAWS)
        var changes: [Change] = []
        var found: Set<String> = []
        try reader.beginObject(in: bytes)
        var isFirst = true
        while let token = try reader.nextMember(in: bytes, isFirst: &isFirst) {
            let name = reader.text(of: token, in: bytes)
            let kind = try reader.peek(in: bytes)
            let start = reader.position
            // A text may be a secret: it is passed over without a copy.
            if kind == .string {
                _ = try reader.string(in: bytes)
            } else {
                _ = try reader.value(in: bytes, rules: .lenientAWS, depth: 1)
            }
            guard let member = members.first(where: { $0.name == name }) else { continue }
            changes.append(Change(place: start..<reader.position, text: member.text))
            found.insert(name)
        }
        let end = reader.position - 1
        try reader.end(in: bytes)

        var result: [UInt8] = []
        // A byte becomes six at most, a name has its quotes, colon and comma. Grown, it would leave copies behind.
        result.reserveCapacity(
            members.reduce(bytes.count) {
                $0 + $1.text.bytes.count * 6 * max(1, changes.count) + $1.name.utf8.count + 8
            })
        var position = 0
        for change in changes {
            append(bytes.extracting(position..<change.place.lowerBound), to: &result)
            append(quoted: change.text, to: &result)
            position = change.place.upperBound
        }
        append(bytes.extracting(position..<end), to: &result)
        var isEmpty = isFirst
        for member in members where !found.contains(member.name) {
            result += isEmpty ? "\"\(member.name)\": ".utf8 : ", \"\(member.name)\": ".utf8
            append(quoted: member.text, to: &result)
            isEmpty = false
        }
        append(bytes.extracting(end..<bytes.count), to: &result)
        return result
    }

    private static func append(_ bytes: Span<UInt8>, to result: inout [UInt8]) {
        for index in bytes.indices { result.append(bytes[index]) }
    }

    private static func append(quoted text: SealedText, to result: inout [UInt8]) {
        result.append(UInt8(ascii: "\""))
        text.bytes.lend { span in
            let bytes = Span<UInt8>(_bytes: span)
            for index in bytes.indices {
                let byte = bytes[index]
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
                case 0..<0x20: result += "\\u00".utf8 + [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
                default: result.append(byte)
                }
            }
        }
        result.append(UInt8(ascii: "\""))
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
