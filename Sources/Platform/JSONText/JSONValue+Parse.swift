extension JSONValue {
    /// The value that `bytes` spell, nothing but white space around it.
    package init(parsing bytes: [UInt8], rules: JSONRules = .strict) throws(JSONFailure) {
        try self.init(parsing: bytes.span, rules: rules)
    }

    /// The value that `bytes` spell, nothing but white space around it.
    package init(parsing bytes: Span<UInt8>, rules: JSONRules = .strict) throws(JSONFailure) {
        var reader = JSONReader(rules: rules)
        self = try reader.value(in: bytes, rules: rules)
        try reader.end(in: bytes)
    }
}

extension JSONReader {
    /// Takes a whole value, whatever it is. `depth` counts the arrays and objects around it.
    package mutating func value(
        in bytes: Span<UInt8>, rules: JSONRules, depth: Int = 0
    ) throws(JSONFailure) -> JSONValue {
        switch try peek(in: bytes) {
        case .null:
            try null(in: bytes)
            return .null
        case .bool: return .bool(try bool(in: bytes))
        case .string: return .string(text(of: try string(in: bytes), in: bytes))
        case .number:
            let token = try number(in: bytes)
            return .number(JSONNumber(checked: text(of: .init(range: token.range, hasEscapes: false), in: bytes)))
        case .array:
            guard depth < rules.maximumDepth else { throw JSONFailure(.tooDeep, at: position) }
            return .array(try elements(in: bytes, rules: rules, depth: depth))
        case .object:
            guard depth < rules.maximumDepth else { throw JSONFailure(.tooDeep, at: position) }
            return .object(try members(in: bytes, rules: rules, depth: depth))
        }
    }

    private mutating func elements(
        in bytes: Span<UInt8>, rules: JSONRules, depth: Int
    ) throws(JSONFailure) -> [JSONValue] {
        var elements: [JSONValue] = []
        var isFirst = true
        try beginArray(in: bytes)
        while try nextElement(in: bytes, isFirst: &isFirst) {
            elements.append(try value(in: bytes, rules: rules, depth: depth + 1))
        }
        return elements
    }

    private mutating func members(
        in bytes: Span<UInt8>, rules: JSONRules, depth: Int
    ) throws(JSONFailure) -> JSONObject {
        // Names are compared byte by byte (RFC 8259, section 8.3); Swift's == would call é and e + U+0301 equal.
        var names: [[UInt8]: Int] = [:]
        var pairs: [(String, JSONValue)] = []
        var isFirst = true
        try beginObject(in: bytes)
        while let token = try nextMember(in: bytes, isFirst: &isFirst) {
            let name = text(of: token, in: bytes)
            let key = Array(name.utf8)
            let earlier = names[key]
            if earlier != nil, rules.duplicateKeys == .refuse {
                throw JSONFailure(.duplicateKey, at: token.range.lowerBound)
            }
            let value = try value(in: bytes, rules: rules, depth: depth + 1)
            if let earlier {
                pairs[earlier].1 = value
            } else {
                names[key] = pairs.count
                pairs.append((name, value))
            }
        }
        return JSONObject(distinct: pairs)
    }
}
