internal import BrokerWire
internal import JSONText

extension KeyParts {
    /// The JSON that a credential_process prints, version 1. Members that it does not know are passed over.
    init(json bytes: Span<UInt8>) throws(OfferedKeysFailure) {
        self.init(names: .json)
        var hasVersion = false
        var seen: Set<String> = []
        var reader = JSONReader(rules: .strict)
        do throws(JSONFailure) { try reader.beginObject(in: bytes) } catch { throw .notJSON(error) }
        var isFirst = true
        while let name = try Self.nextMember(&reader, in: bytes, isFirst: &isFirst) {
            guard seen.insert(name).inserted else { throw .twice(name.shownName) }
            switch name {
            case "Version":
                guard try Self.isVersion1(&reader, in: bytes) else { throw .wrongVersion }
                hasVersion = true
            case names.accessKeyID: accessKeyID = try Self.string(name, &reader, in: bytes)
            case names.secretAccessKey: secretAccessKey = try Self.string(name, &reader, in: bytes)
            case names.sessionToken: sessionToken = try Self.string(name, &reader, in: bytes)
            case names.expiration: expiration = try Self.instant(name, &reader, in: bytes)
            default: try Self.passOver(&reader, in: bytes)
            }
        }
        do throws(JSONFailure) { try reader.end(in: bytes) } catch { throw .notJSON(error) }
        guard hasVersion else { throw .wrongVersion }
    }

    private static func nextMember(
        _ reader: inout JSONReader, in bytes: Span<UInt8>, isFirst: inout Bool
    ) throws(OfferedKeysFailure) -> String? {
        do throws(JSONFailure) {
            return try reader.nextMember(in: bytes, isFirst: &isFirst).map { reader.text(of: $0, in: bytes) }
        } catch { throw .notJSON(error) }
    }

    private static func isVersion1(
        _ reader: inout JSONReader, in bytes: Span<UInt8>
    ) throws(OfferedKeysFailure) -> Bool {
        do throws(JSONFailure) {
            guard try reader.peek(in: bytes) == .number else { return false }
            return reader.integer(of: try reader.number(in: bytes), in: bytes) == 1
        } catch { throw .notJSON(error) }
    }

    /// A string that goes into no text; null counts as absent.
    private static func string(
        _ name: String, _ reader: inout JSONReader, in bytes: Span<UInt8>
    ) throws(OfferedKeysFailure) -> WireSecret? {
        do throws(JSONFailure) {
            switch try reader.peek(in: bytes) {
            case .null:
                try reader.null(in: bytes)
                return nil
            case .string:
                let token = try reader.string(in: bytes)
                return WireSecret(taking: reader.characters(of: token, in: bytes))
            case .object, .array, .number, .bool: break
            }
        } catch { throw .notJSON(error) }
        throw .notText(name)
    }

    private static func instant(
        _ name: String, _ reader: inout JSONReader, in bytes: Span<UInt8>
    ) throws(OfferedKeysFailure) -> BrokerTimestamp? {
        guard let text = try string(name, &reader, in: bytes) else { return nil }
        return try instant(name, text)
    }

    static func instant(_ name: String, _ text: WireSecret) throws(OfferedKeysFailure) -> BrokerTimestamp {
        let words = text.lend { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
        guard let instant = BrokerTimestamp(rfc3339: words) else { throw .badExpiration(name) }
        return instant
    }

    private static func passOver(_ reader: inout JSONReader, in bytes: Span<UInt8>) throws(OfferedKeysFailure) {
        do throws(JSONFailure) { _ = try reader.value(in: bytes, rules: .strict, depth: 1) } catch {
            throw .notJSON(error)
        }
    }
}

extension String {
    /// A member's name as a message may repeat it: a known one. Of another, nobody knows what it is.
    fileprivate var shownName: String {
        ["Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"].contains(self)
            ? self : "a member"
    }
}
