internal import JSONText

/// The matching rules of protocol/vectors/README.md, as far as requests need them.
struct Pattern {
    private let expected: JSONValue

    init(_ expected: JSONValue) { self.expected = expected }

    /// Where `value` does not match; nil when it does.
    func mismatch(_ value: JSONValue, at place: String = "the request") throws -> String? {
        switch expected {
        case .object(let members):
            guard let object = value.object else { return "\(place) is not an object" }
            return try Self.mismatch(of: members, object, at: place)
        case .array(let elements):
            guard let array = value.array, array.count == elements.count else {
                return "\(place) is not an array of \(elements.count)"
            }
            for (index, (one, element)) in zip(elements, array).enumerated() {
                if let found = try Pattern(one).mismatch(element, at: "\(place)[\(index)]") { return found }
            }
            return nil
        case .string(let rule) where rule.hasPrefix("$"):
            return try Self.matches(rule, value) ? nil : "\(place) is not \(rule)"
        default:
            return value == expected ? nil : "\(place) is not \(expected.text)"
        }
    }

    private static func mismatch(of expected: JSONObject, _ object: JSONObject, at place: String) throws -> String? {
        for member in expected.members {
            let value = object[member.name]
            if member.name == "$exact" {
                for further in object.members where expected[further.name] == nil {
                    return "\(place) has a further member \(further.name)"
                }
            } else if member.value == "$absent" {
                if value != nil { return "\(place).\(member.name) is there" }
            } else if let value {
                let found = try Pattern(member.value).mismatch(value, at: "\(place).\(member.name)")
                if let found { return found }
            } else {
                return "\(place).\(member.name) is not there"
            }
        }
        return nil
    }

    private static func matches(_ rule: String, _ value: JSONValue) throws -> Bool {
        switch rule {
        case "$any": true
        case "$type:string": value.string != nil
        case "$type:integer": value.integer != nil
        case "$type:number": value.double != nil
        case "$type:boolean": value.bool != nil
        case "$type:object": value.object != nil
        case "$type:array": value.array != nil
        default: throw Wrong("broker.jsonl: unknown rule \(rule)")
        }
    }
}
