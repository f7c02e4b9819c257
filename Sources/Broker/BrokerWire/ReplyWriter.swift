package import JSONText

/// Writes replies, LF and all, at the end of a buffer.
package enum ReplyWriter {
    /// `result` is JSON that stands ready, such as a cached session.
    package static func result(_ result: [UInt8], id: RequestID, to out: inout [UInt8]) {
        begin(id: id, to: &out)
        JSONText.append("\"result\":", to: &out)
        out.append(contentsOf: result)
        end(&out)
    }

    package static func result(_ result: JSONValue, id: RequestID, to out: inout [UInt8]) {
        begin(id: id, to: &out)
        JSONText.append("\"result\":", to: &out)
        result.write(to: &out)
        end(&out)
    }

    /// The head of a reply, up to where its result begins; the caller writes the result and ends with `end`.
    package static func beginResult(id: RequestID, to out: inout [UInt8]) {
        begin(id: id, to: &out)
        JSONText.append("\"result\":", to: &out)
    }

    package static func end(_ out: inout [UInt8]) {
        out.append(UInt8(ascii: "}"))
        out.append(UInt8(ascii: "\n"))
    }

    package static func error(_ error: ErrorReply, id: RequestID?, to out: inout [UInt8]) {
        begin(id: id, to: &out)
        JSONText.append("\"error\":", to: &out)
        error.json.write(to: &out)
        end(&out)
    }

    /// What every reply begins with, up to its id.
    static let head: StaticString = "{\"jsonrpc\":\"2.0\",\"id\":"

    private static func begin(id: RequestID?, to out: inout [UInt8]) {
        JSONText.append(head, to: &out)
        if let id { id.write(to: &out) } else { JSONText.append("null", to: &out) }
        out.append(UInt8(ascii: ","))
    }
}

extension ErrorReply {
    /// JSON-RPC's error object.
    package var json: JSONValue {
        var data = JSONObject([
            ("type", .string(type)), ("origin", .string(origin.rawValue)), ("retryable", .bool(retryable)),
        ])
        data["httpStatus"] = httpStatus.map { JSONValue($0) }
        data["requestId"] = requestID.map { .string($0) }
        data["retryAfterSeconds"] = retryAfterSeconds.map { JSONValue($0) }
        data["remedy"] = remedy.map { .string($0) }
        return ["code": JSONValue(code), "message": .string(message), "data": .object(data)]
    }
}
