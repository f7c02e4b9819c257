import BrokerAccess
import Testing

@Suite struct NamePatternTests {
    @Test(arguments: [
        ("audit", "audit", true), ("audit", "Audit", false), ("audit", "audits", false), ("audit", "", false),
        ("", "", true),
        ("", "a", false), ("*", "", true), ("*", "anything", true), ("**", "anything", true), ("a*", "a", true),
        ("a*", "ab", true), ("a*", "ba", false), ("*a", "ba", true), ("*a", "ab", false), ("a*a", "a", false),
        ("a*a", "aa", true), ("a*a", "aba", true), ("us-*-1", "us-east-1", true), ("us-*-1", "us-east-2", false),
        ("us-*-1", "us-1", false), ("macie2:*", "macie2:GetMacieSession", true), ("macie2:*", "s3:GetObject", false),
        ("macie2:Get*", "macie2:UpdateMacieSession", false), ("*:*", "macie2:GetMacieSession", true),
        ("*ab*ab*", "abab", true), ("*ab*ab*", "aab", false), ("a?", "ab", false), ("a?", "a?", true),
        ("[a]", "a", false),
        (".*", "ab", false), ("K", "\u{212A}", false), ("\u{e9}", "e\u{301}", false), ("*\u{301}", "e\u{301}", true),
    ])
    func `a star stands for any run of characters, everything else for itself`(
        pattern: String, name: String, matches: Bool
    ) {
        #expect(NamePattern(pattern).matches(name) == matches)
    }

    /// Every pattern of up to five and every name of up to six characters of a small alphabet.
    @Test func `it agrees with a naive matcher over all short patterns and names`() {
        let names = words(of: ["a", "b"], upTo: 6)
        for pattern in words(of: ["a", "b", "*"], upTo: 5) {
            let compiled = NamePattern(String(pattern))
            for name in names where compiled.matches(String(name)) != naiveMatch(pattern[...], name[...]) {
                Issue.record("\(String(pattern)) and \(String(name))")
            }
        }
    }

    @Test func `a pattern made to be slow is not`() {
        let pattern = NamePattern(String(repeating: "a*", count: 32) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 64)))
        #expect(pattern.matches(String(repeating: "a", count: 64) + "b"))
    }

    @Test func `it is shown as it was written, and knows whether it has a star`() {
        #expect("\(NamePattern("us-*"))" == "us-*")
        #expect(NamePattern("us-*").isWildcard)
        #expect(!NamePattern("us-east-1").isWildcard)
    }

    private func words(of alphabet: [Character], upTo length: Int) -> [[Character]] {
        var all: [[Character]] = [[]]
        var longest = all
        for _ in 0..<length {
            longest = longest.flatMap { word in alphabet.map { word + [$0] } }
            all += longest
        }
        return all
    }

    private func naiveMatch(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        guard first == "*" else { return name.first == first && naiveMatch(pattern.dropFirst(), name.dropFirst()) }
        return naiveMatch(pattern.dropFirst(), name) || (!name.isEmpty && naiveMatch(pattern, name.dropFirst()))
    }
}
