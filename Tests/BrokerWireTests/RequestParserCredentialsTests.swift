import BrokerWire
import Testing

/// PROTOCOL.md, 15.9 to 15.12: the parameters of the methods on credentials.
@Suite struct RequestParserCredentialsTests {
    private static let least = #""profile":"audit","accessKeyId":"AKIA","secretAccessKey":"canary""#

    private static func line(_ method: Method, _ parameters: String) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method.rawValue)","params":{\#(parameters)}}"#
    }

    private func call(_ method: Method, _ parameters: String = "") throws -> Call {
        try parse(Self.line(method, parameters), at: .admin).call
    }

    private func keys(_ parameters: String) throws -> GivenKeys {
        guard case .admin(.addCredentials(let keys)) = try call(.addCredentials, parameters) else {
            throw RequestRefusal(id: nil, reason: .methodNotFound)
        }
        return keys
    }

    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test func `three of them take a profile or nothing`() throws {
        #expect(try call(.listCredentials) == .admin(.listCredentials))
        #expect(try call(.dropCredentials) == .admin(.dropCredentials))
        let audit = try #require(ProfileName("audit"))
        #expect(try call(.removeCredentials, #""profile":"audit""#) == .admin(.removeCredentials(profile: audit)))
    }

    @Test func `keys are taken as they are, with a token and a time or without`() throws {
        let least = try keys(Self.least)
        #expect(least.profile.name == "audit" && least.accessKeyID == "AKIA")
        #expect(least.secretAccessKey == WireSecret("canary"))
        #expect(least.sessionToken == nil && least.lifetimeSeconds == nil)
        let all = try keys(Self.least + #","sessionToken":"to\u006ben\"\\","expiresInSeconds":900"#)
        #expect(all.sessionToken == WireSecret(#"token"\"#) && all.lifetimeSeconds == 900)
        #expect(all.secretAccessKey != all.sessionToken)
    }

    @Test func `each value may be as long as it may be, and a time as short and as long`() throws {
        let longest = try keys(
            #""profile":"p","accessKeyId":"\#(Self.text(128))","secretAccessKey":"\#(Self.text(1_024))","#
                + #""sessionToken":"\#(Self.text(16_384))","expiresInSeconds":604800"#)
        #expect(longest.accessKeyID.utf8.count == 128 && longest.secretAccessKey.byteCount == 1_024)
        #expect(longest.sessionToken?.byteCount == 16_384 && longest.lifetimeSeconds == 604_800)
        #expect(try keys(Self.least + #","expiresInSeconds":1"#).lifetimeSeconds == 1)
    }

    private static let wrong: [(Method, String, String)] = [
        (.addCredentials, #""accessKeyId":"AKIA","secretAccessKey":"canary""#, "profile"),
        (.addCredentials, #""profile":"a b","accessKeyId":"AKIA","secretAccessKey":"canary""#, "profile"),
        (.addCredentials, #""profile":"p","secretAccessKey":"canary""#, "accessKeyId"),
        (.addCredentials, #""profile":"p","accessKeyId":"","secretAccessKey":"canary""#, "accessKeyId"),
        (.addCredentials, #""profile":"p","accessKeyId":"\#(text(129))","secretAccessKey":"canary""#, "accessKeyId"),
        (.addCredentials, #""profile":"p","accessKeyId":1,"secretAccessKey":"canary""#, "accessKeyId"),
        (.addCredentials, #""profile":"p","accessKeyId":"AKIA""#, "secretAccessKey"),
        (.addCredentials, #""profile":"p","accessKeyId":"AKIA","secretAccessKey":"""#, "secretAccessKey"),
        (.addCredentials, #""profile":"p","accessKeyId":"AKIA","secretAccessKey":null"#, "secretAccessKey"),
        (.addCredentials, #""profile":"p","accessKeyId":"AKIA","secretAccessKey":["canary"]"#, "secretAccessKey"),
        (
            .addCredentials, #""profile":"p","accessKeyId":"AKIA","secretAccessKey":"\#(text(1_025))""#,
            "secretAccessKey"
        ),
        (.addCredentials, least + #","sessionToken":"""#, "sessionToken"),
        (.addCredentials, least + #","sessionToken":null"#, "sessionToken"),
        (.addCredentials, least + #","sessionToken":"\#(text(16_385))""#, "sessionToken"),
        (.addCredentials, least + #","expiresInSeconds":0"#, "expiresInSeconds"),
        (.addCredentials, least + #","expiresInSeconds":-1"#, "expiresInSeconds"),
        (.addCredentials, least + #","expiresInSeconds":604801"#, "expiresInSeconds"),
        (.addCredentials, least + #","expiresInSeconds":1.5"#, "expiresInSeconds"),
        (.addCredentials, least + #","expiresInSeconds":"900""#, "expiresInSeconds"),
        (.addCredentials, least + #","SessionToken":"canary""#, "SessionToken"),
        (.addCredentials, least + #","region":"us-east-1""#, "region"),
        (.removeCredentials, "", "profile"), (.removeCredentials, #""profile":"""#, "profile"),
        (.removeCredentials, #""profile":"p","user":"u""#, "user"),
        (.listCredentials, #""profile":"p""#, "profile"), (.dropCredentials, #""profile":"p""#, "profile"),
    ]

    @Test func `a parameter that is missing, wrong or unknown is refused by its name, and a secret is not repeated`() {
        for (method, parameters, name) in Self.wrong {
            let found = refusal(of: Self.line(method, parameters), at: .admin)
            guard case .invalidParameter(let told, _) = found?.reason else {
                Issue.record("not refused: \(method) \(parameters.prefix(200))")
                continue
            }
            #expect(told == name, "\(parameters.prefix(200))")
            #expect(!"\(String(describing: found))".contains("canary"))
        }
    }

    @Test(arguments: ["profile", "accessKeyId", "secretAccessKey"])
    func `a value that is given twice is no JSON, and not repeated`(name: String) {
        let line = Self.line(.addCredentials, Self.least + #","\#(name)":"canary2""#)
        let found = refusal(of: line, at: .admin)
        #expect(found?.type == .parseError)
        #expect(!"\(String(describing: found))".contains("canary"))
    }

    @Test func `at the public door there are none of them`() {
        for method in [Method.listCredentials, .addCredentials, .removeCredentials, .dropCredentials] {
            #expect(refusal(of: Self.line(method, Self.least))?.type == .methodNotFound)
        }
    }

    /// Whatever holds it: itself, an optional, the keys, the call and the request that it came with, a list.
    @Test func `nothing prints a secret, nor its bytes`() throws {
        let line = Self.line(.addCredentials, Self.least + #","sessionToken":"canary-token""#)
        let request = try parse(line, at: .admin)
        guard case .admin(.addCredentials(let keys)) = request.call else {
            Issue.record("no keys")
            return
        }
        let holders: [Any] = [
            keys.secretAccessKey, keys.sessionToken as Any, keys, request.call, request, [keys], ("k", keys),
            WireSecret(taking: Array("canary".utf8)),
        ]
        for holder in holders {
            var dumped = ""
            dump(holder, to: &dumped)
            for printed in ["\(holder)", String(describing: holder), String(reflecting: holder), dumped] {
                #expect(!printed.contains("canary"))
                #expect(!printed.contains("99, 97, 110"))
            }
        }
        #expect(Mirror(reflecting: keys.secretAccessKey).children.isEmpty)
    }

    /// What swift-testing writes of a comparison that does not hold.
    @Test func `a failed expectation does not print a secret`() throws {
        let keys = try keys(Self.least)
        let others = try self.keys(Self.least + #","expiresInSeconds":7"#)
        withKnownIssue {
            #expect(keys.secretAccessKey == WireSecret("another"))
            #expect(keys == others)
        } matching: { issue in
            var dumped = ""
            dump(issue, to: &dumped)
            return !(dumped + "\(issue)" + String(reflecting: issue)).contains("canary")
        }
    }
}
