import BrokerWire
import Testing

/// PROTOCOL.md, sections 7.5 and 15.8: the parameters of broker.Explain and admin.Explain.
@Suite struct RequestParserExplainTests {
    private static let action = #""action":"macie2:GetMacieSession""#

    private static func line(_ parameters: String, _ method: Method = .explain) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method.rawValue)","params":{\#(parameters)}}"#
    }

    @Test func `a request is asked about with the parameters that it would have`() throws {
        #expect(
            try parse(Self.line(Self.action)).call == .explain(ExplainQuery(action: "macie2:GetMacieSession")))
        let all = #"\#(Self.action),"profile":"audit","region":"eu-west-1","maxAgeSeconds":0"#
        let query = ExplainQuery(
            action: "macie2:GetMacieSession", profile: ProfileName("audit"), region: "eu-west-1", maxAgeSeconds: 0)
        #expect(try parse(Self.line(all)).call == .explain(query))
        #expect(
            try parse(Self.line(#"\#(all),"user":"1001""#, .adminExplain), at: .admin).call
                == .admin(.explain(AdminExplainQuery(user: "1001", query: query))))
        let more = #"\#(all),"user":"deploy","groups":["ops","27"],"executable":"/usr/bin/x","unit":"ci.service""#
        #expect(
            try parse(Self.line(more, .adminExplain), at: .admin).call
                == .admin(
                    .explain(
                        AdminExplainQuery(
                            user: "deploy", groups: ["ops", "27"], query: query, executable: "/usr/bin/x",
                            unit: "ci.service"))))
    }

    @Test(arguments: [
        ("macie2:GetMacieSession", true), ("s3:GetObject", true), ("execute-api:Invoke", true), ("a:B", true),
        ("macie2:\(String(repeating: "A", count: 121))", true), ("macie2:\(String(repeating: "A", count: 122))", false),
        ("", false), (":", false), ("macie2", false), ("macie2:", false), (":Get", false), ("macie2:Get*", false),
        ("*", false), ("macie2:?", false), ("a:b:c", false), ("Macie2:Get", false), ("macie2:Get-it", false),
        ("macie2:G\u{e9}t", false), (" macie2:Get", false), ("macie2:Get\n", false), ("macie2:Get\0", false),
    ])
    func `an action is one service's one name`(text: String, isRight: Bool) {
        #expect(ExplainQuery.isAction(text) == isRight)
    }

    @Test(arguments: [
        ("", "action"), (#""action":null"#, "action"), (#""action":1"#, "action"), (#""action":"*""#, "action"),
        (#""action":["a:B"]"#, "action"), (#"\#(action),"profile":"a b""#, "profile"),
        (#"\#(action),"region":"US""#, "region"), (#"\#(action),"maxAgeSeconds":-1"#, "maxAgeSeconds"),
        (#"\#(action),"user":"root""#, "user"), (#"\#(action),"uid":0"#, "uid"),
        (#"\#(action),"executable":"/x""#, "executable"), (#"\#(action),"groups":[]"#, "groups"),
    ])
    func `nobody can ask about another at the public door`(parameters: String, name: String) {
        expect(refusal(of: Self.line(parameters)), names: name)
    }

    @Test(arguments: [
        (action, "user"), (#"\#(action),"user":"""#, "user"), (#"\#(action),"user":0"#, "user"),
        (#"\#(action),"user":"\#(String(repeating: "u", count: 257))""#, "user"), (#""user":"a""#, "action"),
        (#"\#(action),"user":"a","groups":"b""#, "groups"), (#"\#(action),"user":"a","groups":[1]"#, "groups"),
        (#"\#(action),"user":"a","groups":["b",""]"#, "groups"), (#"\#(action),"user":"a","groups":null"#, "groups"),
        (#"\#(action),"user":"a","executable":"bin/x""#, "executable"),
        (#"\#(action),"user":"a","executable":"""#, "executable"),
        (#"\#(action),"user":"a","executable":"/\#(String(repeating: "x", count: 4_096))""#, "executable"),
        (#"\#(action),"user":"a","unit":"""#, "unit"),
        (#"\#(action),"user":"a","unit":"\#(String(repeating: "u", count: 256))""#, "unit"),
        (#"\#(action),"user":"a","pid":1"#, "pid"),
    ])
    func `whom to ask about is as strict`(parameters: String, name: String) {
        expect(refusal(of: Self.line(parameters, .adminExplain), at: .admin), names: name)
    }

    private func expect(_ refusal: RequestRefusal?, names name: String) {
        guard case .invalidParameter(let told, let rule) = refusal?.reason else {
            Issue.record("not refused by its parameter: \(refusal.map { "\($0)" } ?? "no refusal")")
            return
        }
        #expect(told == name)
        #expect(!rule.isEmpty)
    }
}
