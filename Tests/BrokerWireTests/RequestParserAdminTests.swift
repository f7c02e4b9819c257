import BrokerWire
import Testing

/// PROTOCOL.md, section 15: the parameters of the admin door's methods.
@Suite struct RequestParserAdminTests {
    private static func line(_ method: Method, _ parameters: String) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method.rawValue)","params":\#(parameters)}"#
    }

    private func call(_ method: Method, _ parameters: String) throws -> Call {
        try parse(Self.line(method, parameters), at: .admin).call
    }

    @Test func `a cache is dropped for one profile or for all`() throws {
        #expect(try call(.dropCache, "{}") == .admin(.dropCache(profile: nil)))
        #expect(try call(.dropCache, #"{"profile":"audit"}"#) == .admin(.dropCache(profile: ProfileName("audit"))))
    }

    @Test(arguments: LogLevel.allCases)
    func `a log level is one of swift-log's`(level: LogLevel) throws {
        #expect(try call(.setLogLevel, #"{"level":"\#(level.rawValue)"}"#) == .admin(.setLogLevel(level)))
    }

    @Test(arguments: ["a", "open sesame", "\u{1F600}", String(repeating: "x", count: 1_024)])
    func `a passphrase is any text of 1 to 1024 bytes`(text: String) throws {
        let passphrase = try #require(Passphrase(text))
        #expect(try call(.lock, #"{"passphrase":"\#(text)"}"#) == .admin(.lock(passphrase)))
        #expect(try call(.unlock, #"{"passphrase":"\#(text)"}"#) == .admin(.unlock(passphrase)))
    }

    @Test(arguments: [
        (Method.dropCache, #"{"profile":"a b"}"#, "profile"), (.dropCache, #"{"profile":null}"#, "profile"),
        (.setLogLevel, "{}", "level"), (.setLogLevel, #"{"level":"INFO"}"#, "level"),
        (.setLogLevel, #"{"level":6}"#, "level"), (.lock, "{}", "passphrase"),
        (.lock, #"{"passphrase":""}"#, "passphrase"),
        (.lock, #"{"passphrase":12345}"#, "passphrase"), (.unlock, "{}", "passphrase"),
        (.unlock, #"{"passphrase":"\#(String(repeating: "x", count: 1_025))"}"#, "passphrase"),
        (.unlock, #"{"passphrase":"a","Passphrase":"b"}"#, "Passphrase"), (.reload, #"{"file":"/x"}"#, "file"),
        (.adminStatus, #"{"profile":"a"}"#, "profile"), (.metrics, #"{"format":"x"}"#, "format"),
        (.discover, #"{"x":1}"#, "x"),
    ])
    func `a parameter that is wrong or unknown is refused by its name`(
        method: Method, parameters: String, name: String
    ) {
        let found = refusal(of: Self.line(method, parameters), at: .admin)
        guard case .invalidParameter(let told, _) = found?.reason else {
            Issue.record("not refused: \(method) \(parameters)")
            return
        }
        #expect(told == name)
    }

    @Test(arguments: ["admin.lock", "admin.Lock ", "admin", "admin.", "ADMIN.LOCK", "admin.Lock\\u0301", "", "Lock"])
    func `a method's name is exact here too`(name: String) {
        let line = #"{"jsonrpc":"2.0","id":"m","method":"\#(name)","params":{"passphrase":"a"}}"#
        #expect(refusal(of: line, at: .admin) == RequestRefusal(id: .string("m"), reason: .methodNotFound))
    }
}
