internal import JSONText

/// An object inside a reply's result, read member by member. Members that nobody asks for are ignored, so that a newer
/// broker may add some; an optional member that is null counts as absent.
struct ResultObject {
    private let path: String
    private let members: JSONObject

    /// `path` is where `value` stands, such as `result.session`, for the failure's text.
    init(_ value: JSONValue?, at path: String) throws(ClientFailure) {
        guard case .object(let members)? = value else { throw .protocolViolation("\(path) is not an object") }
        self.path = path
        self.members = members
    }

    func string(_ name: String) throws(ClientFailure) -> String {
        guard let value = members[name]?.string else { throw wrong(name, "a string") }
        return value
    }

    func integer(_ name: String) throws(ClientFailure) -> Int {
        guard let value = members[name]?.integer, let fitting = Int(exactly: value) else {
            throw wrong(name, "an integer")
        }
        return fitting
    }

    func number(_ name: String) throws(ClientFailure) -> Double {
        guard let value = members[name]?.double else { throw wrong(name, "a number") }
        return value
    }

    func bool(_ name: String) throws(ClientFailure) -> Bool {
        guard let value = members[name]?.bool else { throw wrong(name, "true or false") }
        return value
    }

    func timestamp(_ name: String) throws(ClientFailure) -> BrokerTimestamp {
        guard let value = BrokerTimestamp(rfc3339: try string(name)) else { throw wrong(name, "a timestamp") }
        return value
    }

    func object(_ name: String) throws(ClientFailure) -> ResultObject {
        try ResultObject(members[name], at: "\(path).\(name)")
    }

    func objects(_ name: String) throws(ClientFailure) -> [ResultObject] {
        var objects: [ResultObject] = []
        for element in try elements(name) {
            objects.append(try ResultObject(element, at: "\(path).\(name)[\(objects.count)]"))
        }
        return objects
    }

    func strings(_ name: String) throws(ClientFailure) -> [String] {
        var strings: [String] = []
        for element in try elements(name) {
            guard let string = element.string else { throw wrong(name, "a list of strings") }
            strings.append(string)
        }
        return strings
    }

    func integers(_ name: String) throws(ClientFailure) -> [Int] {
        var integers: [Int] = []
        for element in try elements(name) {
            guard let integer = element.integer.flatMap(Int.init(exactly:)) else {
                throw wrong(name, "a list of integers")
            }
            integers.append(integer)
        }
        return integers
    }

    /// The members of the object `name`, each a number, in the broker's order.
    func numbers(_ name: String) throws(ClientFailure) -> [(name: String, value: Double)] {
        var numbers: [(name: String, value: Double)] = []
        guard let members = members[name]?.object?.members else { throw wrong(name, "an object") }
        for member in members {
            guard let value = member.value.double else { throw wrong(name, "an object of numbers") }
            numbers.append((member.name, value))
        }
        return numbers
    }

    func optionalObject(_ name: String) throws(ClientFailure) -> ResultObject? {
        isAbsent(name) ? nil : try object(name)
    }

    func optionalObjects(_ name: String) throws(ClientFailure) -> [ResultObject]? {
        isAbsent(name) ? nil : try objects(name)
    }

    func optionalStrings(_ name: String) throws(ClientFailure) -> [String]? {
        isAbsent(name) ? nil : try strings(name)
    }

    func optionalString(_ name: String) throws(ClientFailure) -> String? {
        isAbsent(name) ? nil : try string(name)
    }

    func optionalInteger(_ name: String) throws(ClientFailure) -> Int? {
        isAbsent(name) ? nil : try integer(name)
    }

    func optionalNumber(_ name: String) throws(ClientFailure) -> Double? {
        isAbsent(name) ? nil : try number(name)
    }

    func optionalBool(_ name: String) throws(ClientFailure) -> Bool? {
        isAbsent(name) ? nil : try bool(name)
    }

    func optionalTimestamp(_ name: String) throws(ClientFailure) -> BrokerTimestamp? {
        isAbsent(name) ? nil : try timestamp(name)
    }

    private func isAbsent(_ name: String) -> Bool { members[name].map(\.isNull) ?? true }

    private func elements(_ name: String) throws(ClientFailure) -> [JSONValue] {
        guard let elements = members[name]?.array else { throw wrong(name, "a list") }
        return elements
    }

    /// Names the member, never its value: that is the broker's text, unchecked.
    private func wrong(_ name: String, _ kind: String) -> ClientFailure {
        .protocolViolation("\(path).\(name) is not \(kind)")
    }
}
