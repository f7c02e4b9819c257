import BrokerWire
import Testing

/// PROTOCOL.md, section 7.1: the parameters of macie2.GetMacieSession, and that the others have none.
@Suite struct RequestParserParameterTests {
    private static func line(_ parameters: String, method: String = "macie2.GetMacieSession") -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(parameters)}"#
    }

    @Test(
        arguments: [
            ("{}", nil, nil, nil), (#"{"profile":"audit"}"#, "audit", nil, nil),
            (#"{"region":"eu-west-1"}"#, nil, "eu-west-1", nil), (#"{"maxAgeSeconds":0}"#, nil, nil, 0),
            (#"{"maxAgeSeconds":86400}"#, nil, nil, 86_400),
            (
                #"{"maxAgeSeconds":60,"region":"us-gov-west-1","profile":"A_z.0@+=,-"}"#, "A_z.0@+=,-", "us-gov-west-1",
                60
            ),
            (#"{"pr\u006ffile":"\u0061udit"}"#, "audit", nil, nil),
        ] as [(String, String?, String?, Int?)])
    func `parameters are taken by name`(parameters: String, profile: String?, region: String?, maxAge: Int?) throws {
        let query = SessionQuery(profile: profile.flatMap { ProfileName($0) }, region: region, maxAgeSeconds: maxAge)
        #expect(try parse(Self.line(parameters)).call == .getMacieSession(query))
    }

    @Test(arguments: [
        (#"{"profile":""}"#, "profile"), (#"{"profile":null}"#, "profile"), (#"{"profile":1}"#, "profile"),
        (#"{"profile":["a"]}"#, "profile"), (#"{"profile":"a b"}"#, "profile"), (#"{"profile":"a/b"}"#, "profile"),
        (#"{"profile":"é"}"#, "profile"), (#"{"profile":"*"}"#, "profile"), (#"{"profile":"a\n"}"#, "profile"),
        ("{\"profile\":\"\(String(repeating: "a", count: 65))\"}", "profile"), (#"{"region":""}"#, "region"),
        (#"{"region":null}"#, "region"), (#"{"region":7}"#, "region"), (#"{"region":"us_east_1"}"#, "region"),
        (#"{"region":"US-EAST-1"}"#, "region"), (#"{"region":"us-east-1\n"}"#, "region"),
        (#"{"region":"evil.example/"}"#, "region"), (#"{"region":"*"}"#, "region"),
        ("{\"region\":\"\(String(repeating: "a", count: 64))\"}", "region"),
        (#"{"maxAgeSeconds":-1}"#, "maxAgeSeconds"),
        (#"{"maxAgeSeconds":86401}"#, "maxAgeSeconds"), (#"{"maxAgeSeconds":1.0}"#, "maxAgeSeconds"),
        (#"{"maxAgeSeconds":1e1}"#, "maxAgeSeconds"), (#"{"maxAgeSeconds":-0}"#, "maxAgeSeconds"),
        (#"{"maxAgeSeconds":"60"}"#, "maxAgeSeconds"), (#"{"maxAgeSeconds":null}"#, "maxAgeSeconds"),
        (#"{"maxAgeSeconds":true}"#, "maxAgeSeconds"), (#"{"maxAgeSeconds":99999999999999999999}"#, "maxAgeSeconds"),
        (#"{"Profile":"a"}"#, "Profile"), (#"{"max_age_seconds":1}"#, "max_age_seconds"), (#"{"":1}"#, ""),
        (#"{"profile":"a","uid":0}"#, "uid"), ("{\"\u{130}d\":1}", "\u{130}d"),
    ])
    func `a parameter that is wrong or unknown is refused by its name`(parameters: String, name: String) {
        let found = refusal(of: Self.line(parameters))
        #expect(found?.id == .integer(1))
        guard case .invalidParameter(let told, let rule) = found?.reason else {
            Issue.record("not refused: \(parameters)")
            return
        }
        #expect(told == name)
        #expect(!rule.isEmpty)
    }

    @Test(arguments: ["broker.WhoAmI", "broker.Status", "rpc.discover"])
    func `the other methods know no parameter`(method: String) {
        let found = refusal(of: Self.line(#"{"profile":"default"}"#, method: method))
        #expect(found?.reason == .invalidParameter(name: "profile", rule: "unknown parameter"))
    }

    @Test func `an unknown parameter's name is told in part when it is long`() {
        let long = String(repeating: "e\u{301}", count: 16_000)
        guard case .invalidParameter(let name, _) = refusal(of: Self.line("{\"\(long)\":1}"))?.reason else {
            Issue.record("not refused")
            return
        }
        #expect(name.unicodeScalars.count == 64)
    }

    @Test(arguments: [
        ("a", true), ("A.b_c@d+e=f,g-h", true), (String(repeating: "a", count: 64), true), ("default", true),
        ("", false),
        (String(repeating: "a", count: 65), false), ("a b", false), ("a\0", false), ("a:b", false), ("\u{212A}", false),
    ])
    func `a profile's name has IAM's characters and no others`(name: String, isRight: Bool) {
        #expect((ProfileName(name) != nil) == isRight)
    }
}
