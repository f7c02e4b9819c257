import BrokerWire
import JSONText
import Testing

/// The documents say for machines what the code does: nothing may stand in only one of them.
@Suite struct OpenRPCDocumentTests {
    private static func document(_ door: Door) -> JSONValue { .object(OpenRPCDocument.object(at: door)) }

    private func members(_ value: JSONValue?) -> [JSONObject.Member] { value?.object?.members ?? [] }

    @Test(arguments: Door.allCases)
    func `its limits are the defaults, in order, with their units and reasons`(door: Door) {
        let document = Self.document(door)
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

    @Test(arguments: Door.allCases)
    func `its methods are those of its door, in order`(door: Door) {
        let names = Self.document(door)["methods"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == Method.served(at: door).map(\.rawValue))
    }

    /// Those that can come in by one door only.
    private static let absent: [Door: [BrokerErrorType]] = [
        .people: [.configurationInvalid, .wrongPassphrase],
        .admin: [
            .deadlineExceeded, .credentialsUnavailable, .upstreamUnreachable, .upstreamMalformed, .auditUnavailable,
        ],
    ]

    @Test(arguments: Door.allCases)
    func `its errors are the broker's types, in order, and one for all of AWS's where AWS is asked`(door: Door) {
        let errors = Self.document(door)["components"]?["errors"]
        let types = BrokerErrorType.allCases.filter { Self.absent[door]?.contains($0) == false }
        #expect(members(errors).map(\.name).filter { $0 != "AWSError" } == types.map(\.rawValue))
        #expect(errors?["AWSError"]?["code"]?.integer == (door == .people ? Int64(ErrorReply.awsCode) : nil))
        #expect(errors?["AWSError"]?["data"]?["origin"] == (door == .people ? "aws" : nil))
    }

    @Test(arguments: BrokerErrorType.allCases, Door.allCases)
    func `an error's code and whether it may be asked again are the document's`(type: BrokerErrorType, door: Door) {
        guard let shown = Self.document(door)["components"]?["errors"]?[type.rawValue] else {
            #expect(Self.absent[door]?.contains(type) == true)
            return
        }
        #expect(shown["code"]?.integer == Int64(type.code))
        #expect(shown["data"]?["type"]?.string == type.rawValue)
        #expect(shown["data"]?["origin"] == "broker")
        // Of credentials the document leaves it open: PROTOCOL.md, section 6.
        if type == .credentialsUnavailable {
            #expect(shown["data"]?["retryable"] == nil)
        } else {
            #expect(shown["data"]?["retryable"]?.bool == type.isRetryable)
        }
    }

    @Test func `a log level is one of the document's`() {
        let levels = Self.document(.admin)["components"]?["schemas"]?["LogLevel"]?["enum"]
        #expect(levels == .array(LogLevel.allCases.map { .string($0.rawValue) }))
    }

    @Test func `no two errors share a code`() {
        let codes = BrokerErrorType.allCases.map(\.code) + [ErrorReply.awsCode]
        #expect(Set(codes).count == codes.count)
    }

    @Test(arguments: Door.allCases)
    func `every reference in it leads somewhere`(door: Door) {
        let document = Self.document(door)
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
