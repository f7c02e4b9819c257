import BrokerWire
import JSONText
import Testing

/// openrpc.json says for machines what the code does: nothing may stand in only one of them.
@Suite struct OpenRPCDocumentTests {
    private let document = JSONValue.object(OpenRPCDocument.object)

    private func members(_ value: JSONValue?) -> [JSONObject.Member] { value?.object?.members ?? [] }

    @Test func `its limits are the defaults, in order, with their units and reasons`() {
        let entries = Limits().catalogue
        #expect(members(document["x-limits"]).map(\.name) == entries.map(\.name))
        for entry in entries {
            let shown: JSONValue = ["value": entry.value, "unit": .string(entry.unit), "reason": .string(entry.reason)]
            #expect(document["x-limits"]?[entry.name] == shown)
        }
    }

    @Test func `every limit is in the catalogue, once`() {
        let properties = Mirror(reflecting: Limits()).children.compactMap(\.label)
        #expect(Limits().catalogue.map(\.name) == properties)
    }

    @Test func `the catalogue shows what is in force`() {
        var limits = Limits()
        limits.requestLineBytes = 1_024
        limits.idleSeconds = 0.25
        let values = Dictionary(uniqueKeysWithValues: limits.catalogue.map { ($0.name, $0.value) })
        #expect(values["requestLineBytes"]?.integer == 1_024)
        #expect(values["idleSeconds"]?.double == 0.25)
    }

    @Test func `its methods are the broker's`() {
        let names = document["methods"]?.array?.compactMap { $0["name"]?.string }
        #expect(names.map(Set.init) == Set(Method.allCases.map(\.rawValue)))
        #expect(names?.count == Method.allCases.count)
    }

    @Test func `its errors are the broker's types, and one for all of AWS's`() {
        let names = members(document["components"]?["errors"]).map(\.name)
        #expect(
            names.filter { $0 != "AWSError" } == BrokerErrorType.allCases.map(\.rawValue).filter { $0 != "AWSError" })
        #expect(document["components"]?["errors"]?["AWSError"]?["code"]?.integer == Int64(ErrorReply.awsCode))
        #expect(document["components"]?["errors"]?["AWSError"]?["data"]?["origin"] == "aws")
    }

    @Test(arguments: BrokerErrorType.allCases)
    func `an error's code and whether it may be asked again are the document's`(type: BrokerErrorType) {
        let shown = document["components"]?["errors"]?[type.rawValue]
        #expect(shown?["code"]?.integer == Int64(type.code))
        #expect(shown?["data"]?["type"]?.string == type.rawValue)
        #expect(shown?["data"]?["origin"] == "broker")
        // Of credentials the document leaves it open: PROTOCOL.md, section 6.
        if type == .credentialsUnavailable {
            #expect(shown?["data"]?["retryable"] == nil)
        } else {
            #expect(shown?["data"]?["retryable"]?.bool == type.isRetryable)
        }
    }

    @Test func `no two errors share a code`() {
        let codes = BrokerErrorType.allCases.map(\.code) + [ErrorReply.awsCode]
        #expect(Set(codes).count == codes.count)
    }

    @Test func `every reference in it leads somewhere`() {
        var missing: [String] = []
        var names: Set<String> = []
        walk(document) { reference in
            let path = reference.split(separator: "/").dropFirst().map(String.init)
            names.insert(reference)
            if path.reduce(Optional(document), { value, name in value?[name] }) == nil { missing.append(reference) }
        }
        #expect(missing.isEmpty)
        #expect(names.count > 10)
    }

    private func walk(_ value: JSONValue, found: (String) -> Void) {
        for member in members(value) {
            if member.name == "$ref", let reference = member.value.string { found(reference) }
            walk(member.value, found: found)
        }
        for element in value.array ?? [] { walk(element, found: found) }
    }
}
