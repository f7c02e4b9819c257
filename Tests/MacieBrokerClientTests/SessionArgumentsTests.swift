import MacieBrokerClient
import Testing

@Suite struct SessionArgumentsTests {
    @Test func `the plain form is read`() {
        var expected = SessionArguments()
        #expect(SessionArguments(plain: ["session"]) == expected)
        expected.profile = "audit"
        expected.region = "eu-west-1"
        expected.maxAgeSeconds = 0
        expected.isJSON = true
        expected.socket = "/run/x"
        expected.timeoutSeconds = 5
        let all = [
            "session", "--profile", "audit", "--region", "eu-west-1", "--max-age", "0", "--output", "json", "--socket",
            "/run/x", "--timeout", "5",
        ]
        #expect(SessionArguments(plain: all) == expected)
    }

    static let leftToTheParser: [[String]] = [
        [], ["status"], ["--help"], ["session", "--help"], ["session", "audit"], ["session", "--profile"],
        ["session", "--profile=audit"], ["session", "--profile", ""], ["session", "--profile", "--region"],
        ["session", "--profile", "a", "--profile", "b"], ["session", "--max-age", "-1"],
        ["session", "--max-age", "+1"],
        ["session", "--max-age", "86401"], ["session", "--max-age", "1e3"], ["session", "--max-age", "１"],
        ["session", "--max-age", "99999999999999999999"], ["session", "--timeout", "0"],
        ["session", "--timeout", "nan"],
        ["session", "--timeout", "1.5"], ["session", "--timeout", "86401"], ["session", "--output", "yaml"],
        ["session", "--profil", "a"], ["session", "--", "a"], ["--socket", "/x", "session"],
    ]

    @Test(arguments: leftToTheParser) func `everything else is left to the parser`(_ arguments: [String]) {
        #expect(SessionArguments(plain: arguments) == nil)
    }
}
