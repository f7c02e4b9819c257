import BrokerWire
import JSONText
import MacieBrokerClient
import Testing

/// The administrator's calls on credentials, against a broker that answers as PROTOCOL.md, 15.9 to 15.12 has it.
@Suite struct CredentialsClientTests {
    private let text = CredentialsText(
        now: BrokerTimestamp(secondsSinceEpoch: 1_714_557_612), ink: .plain)  // 2024-05-01T10:00:12Z

    private static let given = #"""
        {"profile":"bench","source":"given","state":"ready","accessKeyIdEnd":"WXYZ",\#
        "expiresAt":"2024-05-01T10:15:12Z","lastRefresh":{"at":"2024-05-01T10:00:12Z","ok":true}}
        """#

    private static let list = #"""
        {"credentials":[\#(given),{"profile":"audit","source":"assume-role","state":"ready","user":{"uid":1001,\#
        "name":"dep\u001bloy"},"accessKeyIdEnd":"ABCD","accountId":"123456789012","expiresAt":"2024-05-01T11:00:12Z",\#
        "lastRefresh":{"at":"2024-05-01T09:58:12Z","ok":false,"reason":"STS is down","remedy":"wait"}},\#
        {"profile":"audit","source":"assume-role","state":"ready","user":{"uid":7},"accessKeyIdEnd":"EFGH"},\#
        {"profile":"dev","source":"given","state":"unavailable","lastRefresh":{"at":"2024-05-01T10:00:02Z","ok":false,\#
        "reason":"none\n"}}]}
        """#

    private func keys(_ secret: String, token: String? = nil, seconds: Int? = nil) throws -> GivenKeys {
        GivenKeys(
            profile: try #require(ProfileName("bench")), accessKeyID: "AKIAWXYZ", secretAccessKey: WireSecret(secret),
            sessionToken: token.map { WireSecret($0) }, lifetimeSeconds: seconds)
    }

    @Test func `keys are sent as they are, whatever they hold`() throws {
        let odd = "wJal/\"K7\\MDENG+\u{1}\u{7F}ö\u{2028}"
        let least: JSONValue = ["profile": "bench", "accessKeyId": "AKIAWXYZ", "secretAccessKey": .string(odd)]
        let keys = try keys(odd)
        let answer = try askAdmin("admin.AddCredentials", least, answer: Self.given) { try $0.addCredentials(keys) }
        #expect(answer.json == Self.given)
        #expect(answer.entry.profile == "bench" && answer.entry.accessKeyIDEnd == "WXYZ")
        let all: JSONValue = [
            "profile": "bench", "accessKeyId": "AKIAWXYZ", "secretAccessKey": "s", "sessionToken": .string(odd),
            "expiresInSeconds": 900,
        ]
        let more = try self.keys("s", token: odd, seconds: 900)
        _ = try askAdmin("admin.AddCredentials", all, answer: Self.given) { try $0.addCredentials(more) }
    }

    @Test func `the longest keys are sent whole`() throws {
        let (secret, token) = (String(repeating: "\"", count: 1_024), String(repeating: "\\", count: 16_384))
        let all: JSONValue = [
            "profile": "bench", "accessKeyId": "AKIAWXYZ", "secretAccessKey": .string(secret),
            "sessionToken": .string(token),
        ]
        let keys = try keys(secret, token: token)
        _ = try askAdmin("admin.AddCredentials", all, answer: Self.given) { try $0.addCredentials(keys) }
    }

    @Test func `the list is read with all that may be in it`() throws {
        let answer = try askAdmin("admin.ListCredentials", answer: Self.list) { try $0.credentials() }
        #expect(answer.json == Self.list && answer.credentials.count == 4)
        let role = answer.credentials[1]
        #expect(role.source == "assume-role" && role.state == "ready" && role.accountID == "123456789012")
        #expect(role.user?.uid == 1_001 && role.user?.name == "dep\u{1B}loy")
        #expect(role.lastRefresh?.isGood == false && role.lastRefresh?.reason == "STS is down")
        #expect(answer.credentials[2].user?.name == nil && answer.credentials[2].lastRefresh == nil)
        #expect(answer.credentials[3].accessKeyIDEnd == nil && answer.credentials[3].expiresAt == nil)
    }

    @Test func `what is wiped is counted`() throws {
        let removed = try askAdmin("admin.RemoveCredentials", ["profile": "bench"], answer: #"{"removed":1}"#) {
            try $0.removeCredentials(of: "bench")
        }
        #expect(text.text(of: removed) == "1 credential wiped\n")
        let dropped = try askAdmin("admin.DropCredentials", answer: #"{"dropped":3}"#) { try $0.dropCredentials() }
        #expect(text.text(of: dropped) == "3 credentials wiped\n")
    }

    @Test(arguments: [
        "{}", #"{"credentials":{}}"#, #"{"credentials":[{"profile":"p","source":"s"}]}"#,
        #"{"credentials":[{"profile":"p","source":"s","state":"ready","lastRefresh":{"at":"x","ok":true}}]}"#,
        #"{"credentials":[{"profile":"p","source":"s","state":"ready","user":{"name":"x"}}]}"#,
    ])
    func `a list that is none is told as what it is`(result: String) {
        #expect(throws: ClientFailure.self) {
            try askAdmin("admin.ListCredentials", answer: result) { try $0.credentials() }
        }
    }

    @Test func `the list reads well, and plays with no terminal`() throws {
        let answer = try askAdmin("admin.ListCredentials", answer: Self.list) { try $0.credentials() }
        #expect(
            text.text(of: answer) == """
                profile  source       user                 key    expires        last refresh
                bench    given        everybody            …WXYZ  in 15 minutes  just now, ok
                audit    assume-role  dep\\u{1B}loy (1001)  …ABCD  in 1 hour      2 minutes ago, failed: STS is down (wait)
                audit    assume-role  7                    …EFGH  never          never
                dev      given        everybody            none   -              10 seconds ago, failed: none\\u{A}

                """)
        let none = try askAdmin("admin.ListCredentials", answer: #"{"credentials":[]}"#) { try $0.credentials() }
        #expect(text.text(of: none) == "no credentials\n")
    }

    @Test func `keys that were given are told with their end`() throws {
        let keys = try keys("s")
        let params: JSONValue = ["profile": "bench", "accessKeyId": "AKIAWXYZ", "secretAccessKey": "s"]
        let answer = try askAdmin("admin.AddCredentials", params, answer: Self.given) { try $0.addCredentials(keys) }
        #expect(
            text.text(of: answer)
                == "profile bench has key …WXYZ until 2024-05-01T10:15:12Z, in 15 minutes\n")
        let endless = #"{"profile":"bench","source":"given","state":"ready","accessKeyIdEnd":"WXYZ"}"#
        let other = try askAdmin("admin.AddCredentials", params, answer: endless) { try $0.addCredentials(keys) }
        #expect(text.text(of: other) == "profile bench has key …WXYZ until it is removed\n")
    }
}
