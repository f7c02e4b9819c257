internal import JSONText

/// Turns one line into a request, in one pass over its bytes, or says why it is none.
///
/// Strict as protocol/PROTOCOL.md, section "Requests" has it: what two parsers could read differently is refused.
package enum RequestParser {
    /// The id of a request that will not be looked at further; nil when the line has none that can be told. The same at
    /// every door.
    package static func id(of line: Span<UInt8>) -> RequestID? {
        do {
            return try parse(line).id
        } catch {
            return error.id
        }
    }

    /// Reads `line`, the bytes before the LF, as it came in by `door`: a method of the other door does not exist.
    package static func parse(_ line: Span<UInt8>, at door: Door = .people) throws(RequestRefusal) -> Request {
        var draft = Draft(door: door)
        do {
            try draft.read(line)
        } catch {
            throw RequestRefusal(id: nil, reason: .notJSON(error))
        }
        return try draft.judge()
    }
}

/// The members of a request as they came, before anybody has judged them.
private struct Draft {
    private enum Identifier { case missing, bad, good(RequestID) }

    private let door: Door
    private var identifier = Identifier.missing
    private var versionIsRight = false
    private var method: Method?
    private var methodIsString = false
    private var parameters: JSONObject?
    private var complaint: String?
    private var seen: Members = []
    private var unknownNames: Set<[UInt8]> = []

    init(door: Door) { self.door = door }

    /// Reads the whole line: a text with a broken end is no request, however good its beginning.
    mutating func read(_ line: Span<UInt8>) throws(JSONFailure) {
        var reader = JSONReader(rules: .strict)
        guard try reader.peek(in: line) == .object else {
            complaint = "a request is one JSON object; batches are not served"
            _ = try reader.value(in: line, rules: .strict)
            return try reader.end(in: line)
        }
        try reader.beginObject(in: line)
        var isFirst = true
        while let name = try reader.nextMember(in: line, isFirst: &isFirst) {
            try readMember(name, from: &reader, in: line)
        }
        try reader.end(in: line)
    }

    private mutating func readMember(
        _ name: JSONReader.StringToken, from reader: inout JSONReader, in line: Span<UInt8>
    ) throws(JSONFailure) {
        if reader.matches(name, "jsonrpc", in: line) {
            try once(.version, at: name)
            guard try reader.peek(in: line) == .string else { return try passOver(&reader, line) }
            versionIsRight = reader.matches(try reader.string(in: line), "2.0", in: line)
        } else if reader.matches(name, "id", in: line) {
            try once(.identifier, at: name)
            identifier = try readIdentifier(from: &reader, in: line)
        } else if reader.matches(name, "method", in: line) {
            try once(.method, at: name)
            guard try reader.peek(in: line) == .string else { return try passOver(&reader, line) }
            methodIsString = true
            let token = try reader.string(in: line)
            method = reader.method(token, in: line)
        } else if reader.matches(name, "params", in: line) {
            try once(.parameters, at: name)
            let value = try reader.value(in: line, rules: .strict, depth: 1)
            if let object = value.object {
                parameters = object
            } else {
                complaint = complaint ?? "params is an object with named parameters"
            }
        } else {
            try readUnknown(name, from: &reader, in: line)
        }
    }

    private mutating func readUnknown(
        _ name: JSONReader.StringToken, from reader: inout JSONReader, in line: Span<UInt8>
    ) throws(JSONFailure) {
        // Byte by byte, as RFC 8259, section 8.3 compares names.
        let bytes = Array(reader.text(of: name, in: line).utf8)
        guard unknownNames.insert(bytes).inserted else { throw JSONFailure(.duplicateKey, at: name.range.lowerBound) }
        complaint = complaint ?? "unknown member; a request has jsonrpc, id, method and params"
        try passOver(&reader, line)
    }

    private mutating func once(_ member: Members, at name: JSONReader.StringToken) throws(JSONFailure) {
        guard seen.insert(member).inserted else { throw JSONFailure(.duplicateKey, at: name.range.lowerBound) }
    }

    private func passOver(_ reader: inout JSONReader, _ line: Span<UInt8>) throws(JSONFailure) {
        _ = try reader.value(in: line, rules: .strict, depth: 1)
    }

    private func readIdentifier(from reader: inout JSONReader, in line: Span<UInt8>) throws(JSONFailure) -> Identifier {
        switch try reader.peek(in: line) {
        case .number:
            guard let value = reader.integer(of: try reader.number(in: line), in: line),
                RequestID.integers.contains(value)
            else { return .bad }
            return .good(.integer(value))
        case .string:
            let text = reader.text(of: try reader.string(in: line), in: line)
            return RequestID.stringBytes.contains(text.utf8.count) ? .good(.string(text)) : .bad
        case .object, .array, .bool, .null:
            try passOver(&reader, line)
            return .bad
        }
    }

    /// The first thing that is wrong, in the order in which a person would mend it.
    func judge() throws(RequestRefusal) -> Request {
        if let complaint, seen.isEmpty { throw RequestRefusal(id: nil, reason: .invalidRequest(complaint)) }
        guard case .good(let id) = identifier else {
            let rule = "id is required: a string of 1 to 128 bytes, or an integer within ±(2^53−1)"
            throw RequestRefusal(id: nil, reason: .invalidRequest(rule))
        }
        if let complaint { throw RequestRefusal(id: id, reason: .invalidRequest(complaint)) }
        guard versionIsRight else { throw RequestRefusal(id: id, reason: .invalidRequest("jsonrpc must be \"2.0\"")) }
        guard methodIsString else { throw RequestRefusal(id: id, reason: .invalidRequest("method must be a string")) }
        guard let method, method.isServed(at: door) else { throw RequestRefusal(id: id, reason: .methodNotFound) }
        var arguments = Arguments(id: id, object: parameters ?? JSONObject())
        let call = try arguments.call(method)
        try arguments.refuseTheRest()
        return Request(id: id, call: call)
    }
}

/// Which of the four members have been seen.
private struct Members: OptionSet {
    let rawValue: UInt8
    static let version = Members(rawValue: 1)
    static let identifier = Members(rawValue: 2)
    static let method = Members(rawValue: 4)
    static let parameters = Members(rawValue: 8)
}

extension JSONReader {
    fileprivate func method(_ token: StringToken, in line: Span<UInt8>) -> Method? {
        if matches(token, "macie2.GetMacieSession", in: line) { return .getMacieSession }
        if matches(token, "broker.WhoAmI", in: line) { return .whoAmI }
        if matches(token, "broker.Status", in: line) { return .status }
        if matches(token, "broker.Explain", in: line) { return .explain }
        if matches(token, "rpc.discover", in: line) { return .discover }
        if matches(token, "admin.Status", in: line) { return .adminStatus }
        if matches(token, "admin.Metrics", in: line) { return .metrics }
        if matches(token, "admin.Explain", in: line) { return .adminExplain }
        if matches(token, "admin.Reload", in: line) { return .reload }
        if matches(token, "admin.DropCache", in: line) { return .dropCache }
        if matches(token, "admin.Lock", in: line) { return .lock }
        if matches(token, "admin.Unlock", in: line) { return .unlock }
        if matches(token, "admin.SetLogLevel", in: line) { return .setLogLevel }
        if matches(token, "admin.ListCredentials", in: line) { return .listCredentials }
        if matches(token, "admin.AddCredentials", in: line) { return .addCredentials }
        if matches(token, "admin.RemoveCredentials", in: line) { return .removeCredentials }
        if matches(token, "admin.DropCredentials", in: line) { return .dropCredentials }
        return nil
    }
}
