import BrokerWire
import Testing

/// PROTOCOL.md, section 5: the form of a request, and what is told when it is wrong.
@Suite struct RequestParserTests {
    @Test(arguments: [
        (#"{"jsonrpc":"2.0","id":1,"method":"broker.WhoAmI"}"#, Call.whoAmI),
        (#"{"jsonrpc":"2.0","id":1,"method":"broker.WhoAmI","params":{}}"#, .whoAmI),
        (#"{"jsonrpc":"2.0","id":1,"method":"broker.Status"}"#, .status),
        (#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#, .discover),
        (#"{"jsonrpc":"2.0","id":1,"method":"macie2.GetMacieSession"}"#, .getMacieSession(SessionQuery())),
        (#"{"params":{},"method":"broker.WhoAmI","id":1,"jsonrpc":"2.0"}"#, .whoAmI),
        ("\t{ \"jsonrpc\" :\r\"2.0\" , \"id\" : 1 , \"method\":\t\"broker.WhoAmI\" } \r", .whoAmI),
        (#"{"\u006asonrpc":"\u0032.0","\u0069d":1,"met\u0068od":"br\u006fker.WhoAmI","p\u0061rams":{}}"#, .whoAmI),
    ])
    func `a request is read whatever the order, white space and escapes`(line: String, call: Call) throws {
        #expect(try parse(line) == Request(id: .integer(1), call: call))
    }

    @Test(arguments: Method.allCases, Door.allCases)
    func `every method is found by its name on the wire, at its own door only`(method: Method, door: Door) throws {
        let line = #"{"jsonrpc":"2.0","id":1,"method":"\#(method.rawValue)","params":\#(method.leastParameters)}"#
        if method.isServed(at: door) {
            #expect(try parse(line, at: door).call.method == method)
        } else {
            #expect(refusal(of: line, at: door) == RequestRefusal(id: .integer(1), reason: .methodNotFound))
        }
    }

    @Test(arguments: [
        ("0", RequestID.integer(0)), ("-1", .integer(-1)), ("9007199254740991", .integer(9_007_199_254_740_991)),
        ("-9007199254740991", .integer(-9_007_199_254_740_991)), (#""a""#, .string("a")), (#""7""#, .string("7")),
        (#"" ""#, .string(" ")), (#""\u0001\n\"""#, .string("\u{1}\n\"")), (#""\ud83d\ude00""#, .string("😀")),
        ("\"\(String(repeating: "x", count: 128))\"", .string(String(repeating: "x", count: 128))),
        ("\"\(String(repeating: "é", count: 64))\"", .string(String(repeating: "é", count: 64))),
    ])
    func `an id is a string or an integer and comes back as it was`(text: String, id: RequestID) throws {
        #expect(try parse(#"{"jsonrpc":"2.0","id":\#(text),"method":"broker.WhoAmI"}"#).id == id)
    }

    @Test(arguments: [
        "null", "true", "1.5", "1.0", "1e0", "-0", "9007199254740992", "-9007199254740992", "9223372036854775808",
        "123456789012345678901234567890", #""""#, "[]", "[1]", "{}", #"{"a":1}"#,
        "\"\(String(repeating: "x", count: 129))\"", "\"\(String(repeating: "€", count: 43))\"",
    ])
    func `an id that is none is refused, with null for an id`(text: String) {
        let found = refusal(of: #"{"jsonrpc":"2.0","id":\#(text),"method":"broker.WhoAmI"}"#)
        #expect(found?.type == .invalidRequest)
        #expect(found?.id == nil)
    }

    @Test(arguments: [
        "null", "true", "1", "-0.5", #""text""#, "[]", #"[{"jsonrpc":"2.0","id":1,"method":"broker.WhoAmI"}]"#, "{}",
        #"{"jsonrpc":"2.0","method":"broker.WhoAmI"}"#, #"{"uid":0}"#,
        #"{"ID":1,"jsonrpc":"2.0","method":"broker.WhoAmI"}"#,
    ])
    func `JSON that gives no id is refused, with null for an id`(line: String) {
        let found = refusal(of: line)
        #expect(found?.type == .invalidRequest)
        #expect(found?.id == nil)
    }

    @Test(arguments: [
        #"{"id":7,"method":"broker.WhoAmI"}"#, #"{"jsonrpc":"1.0","id":7,"method":"broker.WhoAmI"}"#,
        #"{"jsonrpc":2.0,"id":7,"method":"broker.WhoAmI"}"#, #"{"jsonrpc":"2.00","id":7,"method":"broker.WhoAmI"}"#,
        #"{"jsonrpc":null,"id":7,"method":"broker.WhoAmI"}"#, #"{"jsonrpc":["2.0"],"id":7,"method":"broker.WhoAmI"}"#,
        #"{"jsonrpc":"2.0","id":7}"#, #"{"jsonrpc":"2.0","id":7,"method":null}"#,
        #"{"jsonrpc":"2.0","id":7,"method":4}"#,
        #"{"jsonrpc":"2.0","id":7,"method":["broker.WhoAmI"]}"#, #"{"jsonrpc":"2.0","id":7,"method":{}}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"broker.WhoAmI","params":null}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"broker.WhoAmI","params":[]}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"broker.WhoAmI","params":"{}"}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"broker.WhoAmI","uid":0}"#,
        #"{"uid":0,"jsonrpc":"2.0","id":7,"method":"broker.WhoAmI"}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"broker.WhoAmI","Params":{}}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"broker.WhoAmI","":0}"#, #"{"jsonrpc":"2.0","id":7,"result":{}}"#,
        #"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"m"}}"#,
    ])
    func `another fault of form is refused under the request's id`(line: String) {
        let found = refusal(of: line)
        #expect(found?.type == .invalidRequest)
        #expect(found?.id == .integer(7))
    }

    @Test(arguments: [
        "", "macie2.getMacieSession", "macie2.GetMacieSession ", " broker.WhoAmI", "BROKER.WHOAMI", "GetMacieSession",
        "broker", "rpc.discover.", "broker.WhoAmI\\u0301", "\\u212Aroker.WhoAmI",
    ])
    func `a method's name is exact`(name: String) {
        let found = refusal(of: #"{"jsonrpc":"2.0","id":"m","method":"\#(name)"}"#)
        #expect(found == RequestRefusal(id: .string("m"), reason: .methodNotFound))
    }

    /// PROTOCOL.md: JSON, the form of the request, the method's name, the parameters; the first that fails is the answer.
    @Test(arguments: [
        (#"{"jsonrpc":"1","id":7,"method":"none","params":{"x":1,"x":1}}"#, BrokerErrorType.parseError),
        (#"{"jsonrpc":"1","id":null,"method":"none","params":{"x":1}} x"#, .parseError),
        (#"[{"a":1,"a":2}]"#, .parseError), (#"["#, .parseError), (#"17 "#, .invalidRequest), (#"17 1"#, .parseError),
        (#"{"jsonrpc":"1","id":7,"method":"none","params":{"x":1}}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":7,"method":"none","params":[]}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":7,"method":"none","params":{"x":1}}"#, .methodNotFound),
        (#"{"jsonrpc":"2.0","id":7,"method":"broker.WhoAmI","params":{"x":1}}"#, .invalidParams),
    ])
    func `of several faults the first in order is told`(line: String, type: BrokerErrorType) {
        #expect(refusal(of: line)?.type == type)
    }

    @Test(arguments: Method.served(at: .admin).filter { $0 != .discover })
    func `at the public door an admin method does not exist, whatever its parameters`(method: Method) {
        for parameters in [method.leastParameters, "{}", #"{"x":1}"#] {
            let line = #"{"jsonrpc":"2.0","id":1,"method":"\#(method.rawValue)","params":\#(parameters)}"#
            #expect(refusal(of: line)?.reason == .methodNotFound)
        }
    }

    @Test func `a refusal never repeats what the client sent`() {
        for line in [
            #"{"jsonrpc":"canary","id":7,"method":"broker.WhoAmI"}"#, #"{"canary":1,"id":7}"#,
            #"{"jsonrpc":"2.0","id":7,"method":"canary"}"#, #"{"id":"canary" canary"#,
            #"{"jsonrpc":"2.0","id":7,"method":"macie2.GetMacieSession","params":{"profile":"canary !"}}"#,
            #"{"jsonrpc":"2.0","id":7,"method":"macie2.GetMacieSession","params":{"region":"canary !"}}"#,
        ] {
            #expect(refusal(of: line).map { "\($0.reason)".contains("canary") } == false, "\(line)")
        }
    }
}
