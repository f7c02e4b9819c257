import Testing

@testable import AWSCredentials

@Suite struct SessionUserTests {
    private static func name(_ user: SessionUser, _ template: String = "{user}") -> String? {
        SessionTemplate(template)?.filled(for: user)
    }

    /// `[\w+=,.@-]`, as the API reference writes it, of ASCII.
    private static func isSessionName(_ text: String, atMost longest: Int = 64) -> Bool {
        (2...longest).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789_+=,.@-".unicodeScalars.contains($0))
            }
    }

    @Test(arguments: [
        ("alice", "alice"), ("a.b_c-d@e+f=g,h", "a.b_c-d@e+f=g,h"), ("ab", "ab"),
        ("a", "a+uid=1000"), ("", "uid=1000"), ("j\u{F6}rg", "j-rg+uid=1000"), ("DOM\\user", "DOM-user+uid=1000"),
        ("two words", "two-words+uid=1000"), ("\u{1F511}", "-+uid=1000"), ("e\u{301}", "e-+uid=1000"),
        ("a\u{0}b", "a-b+uid=1000"), ("x/y:z", "x-y-z+uid=1000"), ("uid=0", "uid=0+uid=1000"),
        ("x+uid=0", "x+uid=0+uid=1000"), ("\u{130}", "-+uid=1000"), ("{user}", "-user-+uid=1000"),
    ])
    func `a name that AWS does not take is mended, and gets its number`(name: String, word: String) {
        #expect(Self.name(SessionUser(uid: 1_000, name: name)) == word)
    }

    @Test func `a user without a name is their number, and the broker itself is called macie-broker`() {
        #expect(Self.name(SessionUser(uid: 4_294_967_295, name: nil)) == "uid=4294967295")
        #expect(SessionTemplate("{user}")?.filled(for: nil) == "macie-broker")
        #expect(SessionTemplate("x-{uid}")?.filled(for: nil) == "x-broker")
        #expect(SessionTemplate("x-{uid}")?.filled(for: SessionUser(uid: 7, name: "a")) == "x-7")
        #expect(SessionTemplate("{uid}")?.filled(for: SessionUser(uid: 7, name: "a")) == "7+uid=7")
    }

    @Test(arguments: [63, 64, 65, 300])
    func `a long name is cut, and then has its number`(count: Int) {
        let long = String(repeating: "n", count: count)
        let word = Self.name(SessionUser(uid: 12, name: long))
        #expect(word == (count <= 64 ? long : String(repeating: "n", count: 57) + "+uid=12"))
        let prefixed = Self.name(SessionUser(uid: 12, name: long), "macie-broker-{user}-x")
        #expect(prefixed?.utf8.count == 64 && prefixed?.hasSuffix("+uid=12-x") == true)
    }

    @Test(arguments: [
        "{user}", "{uid}", "a{user}", "{user}{user}", "{user}{uid}", "{user}{user}{user}{user}", "{uid}{uid}{uid}{uid}",
        "macie-{user}@{uid}", String(repeating: "x", count: 49) + "{user}",
        String(repeating: "x", count: 34) + "{user}{uid}",
    ])
    func `whoever asks, what comes out is a session's name, and nobody else's`(text: String) throws {
        let template = try #require(SessionTemplate(text))
        var dice = SeededDice(seed: 9)
        let pieces = [
            "a", "B", "9", "_", "+", "=", ",", ".", "@", "-", "u", "uid=", "+uid=", "é", "\u{301}", " ", "/", "\\",
            "\u{0}", "\u{1F511}", "{user}",
        ]
        var owners: [String: SessionUser] = [:]
        var names: Set<String> = []
        for uid in UInt32(0)..<5_000 {
            let count = Int.random(in: 0...(Bool.random(using: &dice) ? 3 : 90), using: &dice)
            let name = (0..<count).map { _ in pieces.randomElement(using: &dice) ?? "" }.joined()
            // No two users have one name.
            guard names.insert(name).inserted || name.isEmpty else { continue }
            let user = SessionUser(uid: uid, name: uid % 50 == 0 ? nil : name)
            let word = template.filled(for: user)
            #expect(Self.isSessionName(word), "\(word)")
            #expect(owners[word] == nil, "\(word): \(user) and \(String(describing: owners[word]))")
            owners[word] = user
        }
        #expect(owners.count > 3_000)
    }

    @Test func `a user who is called as another would be mended is told apart`() {
        let table: [(SessionUser, SessionUser)] = [
            (SessionUser(uid: 0, name: nil), SessionUser(uid: 5, name: "uid=0")),
            (SessionUser(uid: 0, name: "x y"), SessionUser(uid: 5, name: "x-y+uid=0")),
            (SessionUser(uid: 5, name: "a"), SessionUser(uid: 6, name: "a+uid=5")),
            (SessionUser(uid: 5, name: "jörg"), SessionUser(uid: 6, name: "jürg")),
            (
                SessionUser(uid: 1, name: String(repeating: "x", count: 70)),
                SessionUser(uid: 11, name: String(repeating: "x", count: 71))
            ),
        ]
        for (one, other) in table { #expect(Self.name(one) != Self.name(other)) }
    }

    @Test(arguments: [
        "", "a", "a b", "a/b", "{users}", "{}", "é", "{user}é", "a\nb", String(repeating: "x", count: 65),
        String(repeating: "x", count: 50) + "{user}", String(repeating: "{user}", count: 5),
        String(repeating: "{uid}", count: 5),
    ])
    func `a text that cannot be a session's name, whoever asks, is none`(text: String) {
        #expect(SessionTemplate(text) == nil)
    }

    @Test func `a tag's value may be longer`() throws {
        let long = String(repeating: "n", count: 300)
        let template = try #require(SessionTemplate("{user}", atMost: SessionTemplate.longestTag))
        let value = template.filled(for: SessionUser(uid: 12, name: long), atMost: SessionTemplate.longestTag)
        #expect(value.utf8.count == 256 && value.hasSuffix("+uid=12"))
        #expect(
            SessionTemplate(String(repeating: "x", count: 200), atMost: SessionTemplate.longestTag)?.isPersonal == false
        )
    }

    @Test func `the configuration's session goes over the file's, setting by setting`() {
        var file = RoleSession()
        file.name = SessionTemplate("file")
        file.policy = "{}"
        file.tags = SessionTemplate("bc").map { [.init(key: "a", value: $0)] } ?? []
        var ours = RoleSession()
        ours.name = SessionTemplate("{user}")
        ours.policyARNs = ["arn:p"]
        let both = file.overridden(by: ours)
        #expect(
            both.name?.text == "{user}" && both.policy == "{}" && both.tags == file.tags && both.policyARNs == ["arn:p"]
        )
        #expect(both.isPersonal && !file.isPersonal && file.overridden(by: RoleSession()) == file)
    }
}
