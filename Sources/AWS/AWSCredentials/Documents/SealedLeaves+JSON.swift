import JSONText
import Secrets

extension SealedLeaves {
    /// Reads a JSON object; `bytes` are wiped and left empty, whatever comes of it. Arrays are passed over.
    init(takingJSON bytes: inout [UInt8]) throws(JSONFailure) {
        let content = SecretBytes(takingAndWiping: &bytes)
        self = try content.lend { span throws(JSONFailure) in
            let bytes = Span<UInt8>(_bytes: span)
            var reader = JSONReader(rules: .lenientAWS)
            var leaves = SealedLeaves()
            try leaves.readObject(from: &reader, in: bytes, at: "", depth: 1)
            try reader.end(in: bytes)
            return leaves
        }
    }

    /// Levels of objects that are looked into; documents of this kind have two.
    private static let deepest = 8

    private mutating func readObject(
        from reader: inout JSONReader, in bytes: Span<UInt8>, at path: String, depth: Int
    ) throws(JSONFailure) {
        try reader.beginObject(in: bytes)
        var isFirst = true
        while let name = try reader.nextMember(in: bytes, isFirst: &isFirst) {
            let member = path + reader.text(of: name, in: bytes)
            switch try reader.peek(in: bytes) {
            case .object where depth < Self.deepest:
                try readObject(from: &reader, in: bytes, at: member + "/", depth: depth + 1)
            case .string:
                let token = try reader.string(in: bytes)
                set(member, .string, Self.sealed(token, reader, in: bytes))
            case .number:
                let token = try reader.number(in: bytes)
                // SAFETY: bytes have no padding.
                set(member, .number, SealedText(SecretBytes(copying: unsafe bytes.extracting(token.range).bytes)))
            case .object, .array, .bool, .null:
                _ = try reader.value(in: bytes, rules: .lenientAWS, depth: depth)
                var nothing: [UInt8] = []
                set(member, .other, SealedText(takingAndWiping: &nothing))
            }
        }
    }

    private static func sealed(
        _ token: JSONReader.StringToken, _ reader: JSONReader, in bytes: Span<UInt8>
    ) -> SealedText {
        guard token.hasEscapes else {
            // SAFETY: bytes have no padding.
            return SealedText(SecretBytes(copying: unsafe bytes.extracting(token.range).bytes))
        }
        var characters = reader.characters(of: token, in: bytes)
        return SealedText(takingAndWiping: &characters)
    }
}
