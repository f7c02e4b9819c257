import AWSCredentials
import Foundation
import JSONText
import TestSupport
import Testing

@Suite struct ProfileParserTests {
    @Test func `the cross-SDK parser cases all come out`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("credential-chain/profile-parser-tests.json")
        #expect(try check(bytes, label: "profile parser cases") == 43)
    }

    @Test func `so do those of the file that PROFILE_PARSER_CASES names`() throws {
        guard let path = ProcessInfo.processInfo.environment["PROFILE_PARSER_CASES"], !path.isEmpty else { return }
        _ = try check([UInt8](Data(contentsOf: URL(fileURLWithPath: path))), label: "further profile parser cases")
    }

    /// - Returns: how many cases are right.
    private func check(_ bytes: [UInt8], label: String) throws -> Int {
        let cases = try #require(JSONValue(parsing: bytes, rules: .lenientAWS)["tests"]?.array)
        var right = 0
        for row in cases {
            let output = try #require(row["output"])
            let parsed = Self.parse(row["input"] ?? [:])
            let isRight =
                output["errorContaining"]?.string.map { parsed["error"]?.string?.contains($0) == true }
                ?? (Self.sorted(parsed) == Self.sorted(output["config"] ?? .null))
            #expect(isRight, "\(row.text): \(parsed.text)")
            right += isRight ? 1 : 0
        }
        print("\(label) \(right)/\(cases.count)")
        return right
    }

    /// Both files, merged as `ProfileFiles` merges them: the credentials file wins.
    private static func parse(_ input: JSONValue) -> JSONValue {
        let config = Array((input["configFile"]?.string ?? "").utf8)
        let credentials = Array((input["credentialsFile"]?.string ?? "").utf8)
        do {
            let first = try ProfileDocument(parsing: config, as: .configuration)
            let second = try ProfileDocument(parsing: credentials, as: .credentials)
            var profiles = texts(first.profiles, in: config)
            for (name, properties) in texts(second.profiles, in: credentials) {
                profiles[name, default: [:]].merge(properties) { $1 }
            }
            return ["profiles": json(profiles), "sso_sessions": json(texts(first.ssoSessions, in: config))]
        } catch {
            return ["error": .string(error.problem)]
        }
    }

    private static func texts(
        _ sections: [String: ProfileDocument.Properties], in bytes: [UInt8]
    ) -> [String: [String: String]] {
        sections.mapValues { properties in
            properties.mapValues { pieces in
                pieces.map { String(decoding: bytes[$0], as: UTF8.self) }.joined(separator: "\n")
            }
        }
    }

    private static func json(_ sections: [String: [String: String]]) -> JSONValue {
        .object(JSONObject(sections.map { ($0, .object(JSONObject($1.map { ($0, .string($1)) }))) }))
    }

    /// Members in the order of their names; empty `sso_sessions` left out, as most cases do.
    private static func sorted(_ value: JSONValue) -> JSONValue {
        guard let object = value.object else { return value }
        let members = object.members.filter { $0.name != "sso_sessions" || $0.value.object?.members.isEmpty == false }
        return .object(JSONObject(members.sorted { $0.name < $1.name }.map { ($0.name, sorted($0.value)) }))
    }

    @Test(arguments: [
        ("[profile a", 1, "']'"), ("[", 1, "']'"), ("\n# x\n[a] b\n", 3, "']'"), ("x = 1", 1, "profile definition"),
        ("[default]\nSECRET", 2, "'='"), ("[default]\n= SECRET", 2, "name"), ("[default]\n\tSECRET", 2, "property"),
        ("[default]\ns3 =\n SECRET", 3, "'='"), ("[in valid]\nSECRET", 2, "'='"),
    ])
    func `a file with a wrong line is refused by number, not by text`(text: String, line: Int, problem: String) {
        let failure = #expect(throws: ProfileSyntaxFailure.self) {
            try ProfileDocument(parsing: Array(text.utf8), as: .configuration)
        }
        #expect(failure?.line == line)
        #expect(failure?.problem.contains(problem) == true && failure?.problem.contains("SECRET") == false)
    }

    @Test func `services sections and their sub-properties are found`() throws {
        let text = Array("[services s]\nmacie2 =\n  endpoint_url = http://x\n[profile p]\nservices = s".utf8)
        let document = try ProfileDocument(parsing: text, as: .configuration)
        #expect(document.services["s"]?["macie2"]?.count == 2)
        #expect(document.profiles["p"]?["services"] != nil)
    }

    @Test(arguments: 0..<200)
    func `no bytes end the process`(seed: UInt64) {
        var random = SplitMix(state: seed)
        let words = ["[", "]", "profile ", "default", "=", "a", " ", "\n", "\t", "#", ";", "\r\n", "\u{0}", "é"]
        let text = (0..<200).map { _ in words[Int(random.next() % UInt64(words.count))] }.joined()
        _ = try? ProfileDocument(parsing: Array(text.utf8), as: seed % 2 == 0 ? .configuration : .credentials)
    }

    private struct SplitMix {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
