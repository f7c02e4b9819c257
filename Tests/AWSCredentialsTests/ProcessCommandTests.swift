import Testing

@testable import AWSCredentials

@Suite struct ProcessCommandTests {
    @Test(arguments: [
        ("get-keys", ["get-keys"]), ("  get-keys\t--for  audit ", ["get-keys", "--for", "audit"]),
        ("/opt/a\\ tool/get 'one word' \"two words\"", ["/opt/a tool/get", "one word", "two words"]),
        ("get ''", ["get", ""]), ("get \"\" x", ["get", "", "x"]), ("get a'b c'd\"e f\"", ["get", "ab cde f"]),
        ("get '$HOME' '`x`' ';' '|' '~' '*'", ["get", "$HOME", "`x`", ";", "|", "~", "*"]),
        ("get \"a\\\"b\\\\c\" 'a\\b' a\\\"b", ["get", "a\"b\\c", "a\\b", "a\"b"]), ("get \"a\\nb\"", ["get", "a\\nb"]),
        ("get \"; rm -rf / | > < & ( ) * ? [ ] # ! { }\"", ["get", "; rm -rf / | > < & ( ) * ? [ ] # ! { }"]),
        ("get --a=b -c %s @file +x user~", ["get", "--a=b", "-c", "%s", "@file", "+x", "user~"]),
        ("get \\$HOME \\; \\~", ["get", "$HOME", ";", "~"]),
        ("g\u{E9}t na\u{EF}ve \u{1F511}", ["gét", "naïve", "\u{1F511}"]),
        ("get a\rb", ["get", "a\rb"]), ("exit-codes", ["exit-codes"]),
    ])
    func `what a shell would only split is split, and no shell runs`(text: String, words: [String]) {
        #expect(ProcessCommand(text) == .words(words))
    }

    @Test(arguments: [
        "get | jq .", "get > f", "get < f", "get; true", "get & wait", "get && true", "(get)", "get $HOME",
        "get ${HOME}",
        "get \"$HOME\"", "get \"\\$HOME\"", "get `id`", "get \"`id`\"", "get *", "get ?", "get [a]", "get # x", "! get",
        "{ get; }", "~/get", "get ~/x", "A=b get", "get\ntrue", "get \\\ntrue", "get \"a\\\nb\"", "exit 1", "exec get",
        ". ./env", ": x", "set -e", "get\r\ntrue", "get |\u{301} cat",
    ])
    func `what only a shell understands is given to one, as it is`(text: String) {
        #expect(ProcessCommand(text) == .shell(text))
        #expect(ProcessCommand(text)?.program == "/bin/sh" && ProcessCommand(text)?.arguments == ["-c", text])
    }

    @Test(arguments: [
        "", " ", "\t", "'", "get 'a", "get \"a", "get \"a\\\"", "get \\", "''", "\"\" x", "get\u{0}x", "get 'a\u{0}'",
    ])
    func `what cannot be run is refused`(text: String) {
        #expect(ProcessCommand(text) == nil)
    }

    @Test func `whatever comes is words, a shell's, or refused, and no word of a shell's is split`() {
        var dice = SeededDice(seed: 4)
        let pieces = [
            "'", "\"", "\\", " ", "\t", "\n", "$", "|", ";", "~", "=", "a", "b c", "é", "\u{301}", "\u{0}", "#",
        ]
        var counts = [0, 0, 0]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...12, using: &dice)).map { _ in pieces.randomElement(using: &dice) ?? "" }
                .joined()
            switch ProcessCommand(text) {
            case .words(let words)?:
                counts[0] += 1
                #expect(!words.isEmpty && words.first?.isEmpty == false && !words.joined().contains("\u{0}"))
            case .shell(let same)?:
                counts[1] += 1
                #expect(same == text)
            case nil: counts[2] += 1
            }
        }
        #expect(counts.allSatisfy { $0 > 500 }, "\(counts)")
    }
}

/// SplitMix64: the same numbers each time.
struct SeededDice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
