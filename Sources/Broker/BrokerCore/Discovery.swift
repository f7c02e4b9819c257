internal import BrokerWire
internal import JSONText

/// The answer to `rpc.discover`: the door's document in protocol/, with the limits that are in force.
enum Discovery {
    static func document(of door: Door, limits: Limits) -> [UInt8] {
        var document = OpenRPCDocument.object(at: door)
        let entries = limits.catalogue.map { entry -> (String, JSONValue) in
            (entry.name, ["value": entry.value, "unit": .string(entry.unit), "reason": .string(entry.reason)])
        }
        document["x-limits"] = .object(JSONObject(entries))
        var bytes: [UInt8] = []
        document.write(to: &bytes)
        return bytes
    }
}
