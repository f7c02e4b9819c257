/// A JSON value (RFC 8259). Objects keep their members' order, numbers keep the text they were written with.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// A number in JSON's grammar, as written.
package struct JSONNumber: Sendable, Equatable {
    package let text: String

    package init(_ value: Int64) { text = String(value) }

    /// A finite value in its shortest form; a value that is not finite becomes 0, for JSON has no word for it.
    package init(_ value: Double) {
        guard value.isFinite else {
            text = "0"
            return
        }
        if value == value.rounded(), abs(value) < 1e15 { text = String(Int64(value)) } else { text = value.description }
    }

    init(checked text: String) { self.text = text }

    /// The value, when it is written as a plain integer that fits.
    package var integer: Int64? { Int64(text).flatMap { text == "-0" ? nil : $0 } }

    /// The nearest double; nil when the number overflows it.
    package var double: Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
}

/// The members of an object, in order, each name once.
package struct JSONObject: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let name: String
        package var value: JSONValue
    }

    package private(set) var members: [Member]

    package init() { members = [] }

    /// Members in the order given; of two with one name the last counts.
    package init(_ pairs: [(String, JSONValue)]) {
        members = []
        members.reserveCapacity(pairs.count)
        for (name, value) in pairs { self[name] = value }
    }

    /// Members whose names are known to differ, as the parser has seen.
    init(distinct pairs: [(String, JSONValue)]) {
        members = pairs.map { Member(name: $0.0, value: $0.1) }
    }

    /// The member `name`; nil when there is none. Setting nil removes it, setting a value keeps its place or adds it last.
    package subscript(name: String) -> JSONValue? {
        get { index(of: name).map { members[$0].value } }
        set {
            switch (index(of: name), newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Byte by byte: two spellings of é are two names.
    private func index(of name: String) -> Int? { members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) } }
}

extension JSONValue {
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// The value of a plain integer literal.
    package var integer: Int64? { if case .number(let value) = self { value.integer } else { nil } }
    package var double: Double? { if case .number(let value) = self { value.double } else { nil } }
    package var isNull: Bool { self == .null }

    /// The member `name` of an object; nil when this is no object or has no such member.
    package subscript(name: String) -> JSONValue? { object?[name] }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .number(JSONNumber(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }

    package init(_ value: some BinaryInteger) { self = .number(JSONNumber(Int64(clamping: value))) }
    package init(_ value: Double) { self = .number(JSONNumber(value)) }
}
