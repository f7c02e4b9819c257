internal import JSONText

/// A reply whose places for the request's id and parameters are still to be filled.
struct ReplyTemplate {
    private let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    /// The reply to the last of `requests` as a line, LF included; `bytes` is how long it must become without the LF.
    func line(answering requests: [JSONValue], bytes: Int?) throws -> [UInt8] {
        var reply = try Self.filled(value, requests)
        if let bytes {
            guard var members = reply.object, var result = members["result"]?.object else {
                throw Wrong("broker.jsonl: only a result can be made longer")
            }
            result["padding"] = ""
            members["result"] = .object(result)
            let missing = bytes - JSONValue.object(members).text.utf8.count
            guard missing >= 0 else { throw Wrong("broker.jsonl: the reply is longer than \(bytes) bytes already") }
            result["padding"] = .string(String(repeating: "x", count: missing))
            members["result"] = .object(result)
            reply = .object(members)
        }
        return Array(reply.text.utf8) + [UInt8(ascii: "\n")]
    }

    private static func filled(_ value: JSONValue, _ requests: [JSONValue]) throws -> JSONValue {
        switch value {
        case .object(let object):
            .object(JSONObject(try object.members.map { ($0.name, try filled($0.value, requests)) }))
        case .array(let elements): .array(try elements.map { try filled($0, requests) })
        case .string(let text): try isPlace(text) ? place(text, requests) : value
        default: value
        }
    }

    private static func isPlace(_ text: String) -> Bool {
        ["$id", "$id:-1", "$otherId"].contains(text) || text.hasPrefix("$params.")
    }

    private static func place(_ text: String, _ requests: [JSONValue]) throws -> JSONValue {
        let found: JSONValue? =
            switch text {
            case "$id": requests.last?["id"]
            case "$id:-1": requests.dropLast().last?["id"]
            case "$otherId": requests.last?["id"].map(otherType)
            default: requests.last?["params"]?[String(text.dropFirst("$params.".count))]
            }
        guard let found else { throw Wrong("broker.jsonl: there is no \(text)") }
        return found
    }

    /// The same digits as the other type.
    private static func otherType(_ id: JSONValue) -> JSONValue {
        switch id {
        case .string(let text): Int64(text).map { JSONValue($0) } ?? 0
        default: .string(id.text)
        }
    }
}
