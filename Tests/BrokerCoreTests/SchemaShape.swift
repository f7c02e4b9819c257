import BrokerWire
import JSONText

/// Holds values to the schemas of a door's OpenRPC document, as far as they use JSON Schema: type, const, enum, required, properties,
/// items, minimum, maximum and $ref. Members that no schema names are faults too: what is told is what is documented.
struct SchemaShape {
    private let document: JSONValue
    private let root: JSONValue

    /// `name` is that of a schema in the document's `components`.
    init(_ name: String, at door: Door = .people) {
        document = .object(OpenRPCDocument.object(at: door))
        root = ["$ref": .string("#/components/schemas/\(name)")]
    }

    /// What is wrong with `value`, each with its path; empty when nothing is.
    func faults(of value: JSONValue) -> [String] { faults(of: value, by: root, at: "") }

    private func faults(of value: JSONValue, by schema: JSONValue, at path: String) -> [String] {
        if let reference = schema["$ref"]?.string {
            guard let target = resolve(reference) else { return ["\(path): no schema \(reference)"] }
            return faults(of: value, by: target, at: path)
        }
        var faults: [String] = []
        if let type = schema["type"]?.string, !Self.isType(type, value) { faults.append("\(path): no \(type)") }
        if let constant = schema["const"], constant != value { faults.append("\(path): not \(constant.text)") }
        if let values = schema["enum"]?.array, !values.contains(value) {
            faults.append("\(path): not one of the values")
        }
        if let minimum = schema["minimum"]?.double, let number = value.double, number < minimum {
            faults.append("\(path): less than \(minimum)")
        }
        if let maximum = schema["maximum"]?.double, let number = value.double, number > maximum {
            faults.append("\(path): more than \(maximum)")
        }
        for name in schema["required"]?.array ?? [] where value[name.string ?? ""] == nil {
            faults.append("\(path): lacks \(name.text)")
        }
        if let properties = schema["properties"]?.object {
            for member in value.object?.members ?? [] {
                guard let inner = properties[member.name] else {
                    faults.append("\(path): \(member.name) is not documented")
                    continue
                }
                faults += self.faults(of: member.value, by: inner, at: "\(path)/\(member.name)")
            }
        }
        if let items = schema["items"] {
            for (index, element) in (value.array ?? []).enumerated() {
                faults += self.faults(of: element, by: items, at: "\(path)/\(index)")
            }
        }
        return faults
    }

    private func resolve(_ reference: String) -> JSONValue? {
        reference.split(separator: "/").dropFirst().reduce(Optional(document)) { value, name in value?[String(name)] }
    }

    private static func isType(_ type: String, _ value: JSONValue) -> Bool {
        switch type {
        case "object": value.object != nil
        case "array": value.array != nil
        case "string": value.string != nil
        case "integer": value.integer != nil
        case "number": value.double != nil
        case "boolean": value.bool != nil
        default: false
        }
    }
}
