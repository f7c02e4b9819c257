import BrokerWire
import MacieBrokerClient
import Testing

/// Keys as they come on the standard input: which are taken, and what is said of those that are not.
@Suite struct OfferedKeysTests {
    private func keys(_ text: String) throws(OfferedKeysFailure) -> OfferedKeys {
        var bytes = Array(text.utf8)
        return try OfferedKeys(wiping: &bytes)
    }

    private func isKeys(_ keys: OfferedKeys, token: String? = "canary/token==") -> Bool {
        keys.accessKeyID == "AKIACANARY" && keys.secretAccessKey == WireSecret("canary/secret+")
            && keys.sessionToken == token.map { WireSecret($0) }
    }

    @Test(arguments: [
        #"{"Version":1,"AccessKeyId":"AKIACANARY","SecretAccessKey":"canary/secret+","SessionToken":"canary/token=="}"#,
        """
         {
          "SecretAccessKey": "canary\\/secret\\u002b", "Extra": {"a": [1, {"b": null}]},
          "AccessKeyId": "AKIACANARY", "Version": 1, "SessionToken": "canary/token=="
        }
        """,
        "AWS_ACCESS_KEY_ID=AKIACANARY\nAWS_SECRET_ACCESS_KEY=canary/secret+\nAWS_SESSION_TOKEN=canary/token==\n",
        """
        # from the console
        export AWS_ACCESS_KEY_ID="AKIACANARY"
        export\tAWS_SECRET_ACCESS_KEY='canary/secret+'

        export AWS_SESSION_TOKEN="canary/token=="
        export AWS_REGION=us-east-1
        """,
        """
        [default]
        ; a comment
        aws_access_key_id = AKIACANARY
          aws_secret_access_key=canary/secret+\r
        region = us-east-1
        aws_session_token\t=\tcanary/token==
        """,
    ])
    func `keys are taken from each form that AWS users have`(text: String) throws {
        #expect(isKeys(try keys(text)))
    }

    @Test(arguments: [
        #"{"Version":1,"AccessKeyId":"AKIACANARY","SecretAccessKey":"canary/secret+"}"#,
        #"{"Version":1,"AccessKeyId":"AKIACANARY","SecretAccessKey":"canary/secret+","SessionToken":null}"#,
        #"{"Version":1,"AccessKeyId":"AKIACANARY","SecretAccessKey":"canary/secret+","SessionToken":""}"#,
        "AWS_ACCESS_KEY_ID=AKIACANARY\nAWS_SECRET_ACCESS_KEY=canary/secret+",
        "AWS_ACCESS_KEY_ID=AKIACANARY\nAWS_SECRET_ACCESS_KEY=canary/secret+\nAWS_SESSION_TOKEN=\"\"\n",
    ])
    func `without a token there is none`(text: String) throws {
        #expect(isKeys(try keys(text), token: nil))
    }

    private static let json = #""AccessKeyId":"AKIACANARY","SecretAccessKey":"canary/secret+""#
    private static let lines = "AWS_ACCESS_KEY_ID=AKIACANARY\nAWS_SECRET_ACCESS_KEY=canary/secret+\n"
    private static let long = String(repeating: "x", count: 16_385)

    private static let wrong: [(text: String, failure: OfferedKeysFailure)] = [
        ("", .nothingGiven), (" \n\t\r\n", .nothingGiven), ("# canary\n", .missing("AWS_ACCESS_KEY_ID")),
        ("{\(json)}", .wrongVersion), ("{\"Version\":2,\(json)}", .wrongVersion),
        ("{\"Version\":\"1\",\(json)}", .wrongVersion), ("{\"Version\":1.0,\(json)}", .wrongVersion),
        ("{\"Version\":1,\"SecretAccessKey\":\"canary\"}", .missing("AccessKeyId")),
        ("{\"Version\":1,\"AccessKeyId\":\"AKIACANARY\",\"SecretAccessKey\":null}", .missing("SecretAccessKey")),
        ("{\"Version\":1,\"AccessKeyId\":[\"canary\"]}", .notText("AccessKeyId")),
        ("{\"Version\":1,\(json),\"AccessKeyId\":\"canary\"}", .twice("AccessKeyId")),
        ("{\"Version\":1,\(json),\"canary\":1,\"canary\":2}", .twice("a member")),
        ("{\"Version\":1,\(json),\"Expiration\":\"canary\"}", .badExpiration("Expiration")),
        ("{\"Version\":1,\(json),\"Expiration\":1}", .notText("Expiration")),
        (#"{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"can ary"}"#, .unfitCharacter("SecretAccessKey")),
        (#"{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"canäry"}"#, .unfitCharacter("SecretAccessKey")),
        ("{\"Version\":1,\(json),\"SessionToken\":\"\(long)\"}", .tooLong("SessionToken", bytesAtMost: 16_384)),
        ("canary/secret+", .notALine(1)), ("\n\ncanary = \ncan ary=x", .notALine(4)), ("= canary", .notALine(1)),
        ("export export AWS_SESSION_TOKEN=canary", .notALine(1)), ("set AWS_SESSION_TOKEN=canary", .notALine(1)),
        (lines + "AWS_SESSION_TOKEN=\"canary", .openQuote(line: 3)), (lines + "X='", .openQuote(line: 3)),
        (lines + "aws_access_key_id = canary", .twice("AWS_ACCESS_KEY_ID")),
        ("[a]\n\(lines)[b]\n", .severalProfiles(line: 4)),
        ("AWS_ACCESS_KEY_ID=AKIACANARY\n", .missing("AWS_SECRET_ACCESS_KEY")),
        ("AWS_ACCESS_KEY_ID=AKIACANARY\nAWS_SECRET_ACCESS_KEY=\n", .missing("AWS_SECRET_ACCESS_KEY")),
        ("AWS_ACCESS_KEY_ID=\(long)\nAWS_SECRET_ACCESS_KEY=s", .tooLong("AWS_ACCESS_KEY_ID", bytesAtMost: 128)),
        ("AWS_ACCESS_KEY_ID=A\nAWS_SECRET_ACCESS_KEY=can ary # x", .unfitCharacter("AWS_SECRET_ACCESS_KEY")),
        (lines + "AWS_CREDENTIAL_EXPIRATION=canary", .badExpiration("AWS_CREDENTIAL_EXPIRATION")),
        (
            lines + "AWS_CREDENTIAL_EXPIRATION=2026-01-01T00:00:00Z\nAWS_CREDENTIAL_EXPIRATION=canary",
            .twice("AWS_CREDENTIAL_EXPIRATION")
        ),
    ]

    @Test func `what cannot be taken is told by name or line, with a remedy, and never quoted`() {
        for (text, expected) in Self.wrong {
            do {
                _ = try keys(text)
                Issue.record("taken: \(text.prefix(100))")
            } catch {
                #expect(error == expected, "\(text.prefix(100))")
                #expect(!error.description.isEmpty && error.remedy.hasSuffix("."))
                for words in ["\(error)", error.remedy, String(reflecting: error)] {
                    #expect(!words.lowercased().contains("canary"), "\(text.prefix(100))")
                }
            }
        }
    }

    @Test(arguments: [
        "{\"Version\":1,\(json)", "{\"Version\":1,\(json)} canary", "{canary}",
        #"{"Version":1,"AccessKeyId":"\x"}"#,
        "{\"Version\":1,\(json),\"a\":{\"canary\":1,\"canary\":2}}",
    ])
    func `JSON that is none is told by its place alone`(text: String) {
        do {
            _ = try keys(text)
            Issue.record("taken")
        } catch {
            guard case .notJSON = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.description.contains("at byte") && !error.description.contains("canary"))
        }
    }

    @Test(arguments: [
        "{\"Version\":1,\(json)}", lines, lines + "AWS_SESSION_TOKEN=\"canary", "canary",
        #"{"SecretAccessKey":"canary"}"#,
    ])
    func `the bytes that they came in are wiped, whatever comes of it`(text: String) {
        var bytes = Array(text.utf8)
        _ = try? OfferedKeys(wiping: &bytes)
        #expect(bytes.count == text.utf8.count && bytes.allSatisfy { $0 == 0 })
    }

    @Test func `nothing prints them`() throws {
        let keys = try keys(Self.lines + "AWS_SESSION_TOKEN=canary/token==")
        var dumped = ""
        dump(keys, to: &dumped)
        for printed in ["\(keys)", String(reflecting: keys), dumped] { #expect(!printed.contains("canary")) }
    }

    private static let now = BrokerTimestamp(secondsSinceEpoch: 1_767_225_600)  // 2026-01-01T00:00:00Z

    @Test(
        arguments: [
            (nil, nil, nil), (nil, 900, 900), ("2026-01-01T01:00:00Z", nil, 3_600), ("2026-01-01T01:00:00Z", 900, 900),
            ("2026-01-01T01:00:00Z", 86_400, 3_600), ("2026-01-01T02:00:01.9+01:00", nil, 3_601),
            ("2026-03-01T00:00:00Z", nil, 604_800), ("2026-01-01T00:00:01Z", nil, 1),
        ] as [(String?, Int?, Int?)])
    func `their own end counts, and a time only shortens it`(end: String?, lifetime: Int?, seconds: Int?) throws {
        for text in [
            "{\"Version\":1,\(Self.json)\(end.map { ",\"Expiration\":\"\($0)\"" } ?? "")}",
            Self.lines + (end.map { "AWS_CREDENTIAL_EXPIRATION=\($0)\n" } ?? ""),
        ] {
            let given = try keys(text).given(to: "audit", lifetime: lifetime, at: Self.now)
            #expect(given.lifetimeSeconds == seconds)
            #expect(given.profile.name == "audit" && given.accessKeyID == "AKIACANARY" && given.sessionToken == nil)
        }
    }

    @Test(arguments: ["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.999Z"])
    func `keys that have ended are not given, for however long`(end: String) throws {
        let keys = try keys(Self.lines + "AWS_CREDENTIAL_EXPIRATION=\(end)")
        let failure = OfferedKeysFailure.expired(try #require(BrokerTimestamp(rfc3339: end)))
        #expect(throws: failure) { try keys.given(to: "audit", lifetime: 900, at: Self.now) }
    }

    @Test func `what is no profile's name is told as that`() throws {
        let keys = try keys(Self.lines)
        #expect(throws: OfferedKeysFailure.badProfile) { try keys.given(to: "a b", lifetime: nil, at: Self.now) }
    }

    @Test(arguments: [
        ("90s", 90), ("15m", 900), ("2h", 7_200), ("1d", 86_400), ("7d", 604_800), ("1s", 1), ("604800s", 604_800),
        ("08m", 480),
    ])
    func `a time is a number and a unit`(text: String, seconds: Int) {
        #expect(Lifetime(text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "15", "m", "0s", "8d", "604801s", "-1m", "+1m", "1.5h", "1h30m", "15 m", "15M", "1w", "٣m", "9999999s",
        "99999999999999999999d",
    ])
    func `anything else is none`(text: String) {
        #expect(Lifetime(text) == nil)
    }
}
