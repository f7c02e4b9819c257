/// The value of `credential_process` as a command to run.
///
/// A value without any of the shell's own characters is split into words, quotes and backslashes understood as POSIX's
/// shell does, and run without a shell. One with a pipe, a redirection, a variable, a pattern, several commands or a leading
/// `~`, or whose first word is no program but the shell's own (`exit`, `exec`), is run by `/bin/sh -c`.
enum ProcessCommand: Equatable {
    case words([String])
    case shell(String)

    /// nil when there is nothing to run, a quote is left open, or there is a NUL, which no argument can hold.
    init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var words: [String] = []
        var word: String?
        var quote: Unicode.Scalar?
        // By scalars, as the shell reads: a character may be a special one with an accent on it.
        var rest = text.unicodeScalars[...]
        while let character = rest.popFirst() {
            if character == "\\", quote != "'", rest.first == "\n" {
                self = .shell(text)
                return
            } else if let open = quote {
                if character == open {
                    quote = nil
                } else if open == "\"", character == "\\", let next = rest.first, next == "\\" || next == "\"" {
                    word = (word ?? "") + String(rest.removeFirst())
                } else if open == "\"", character == "$" || character == "`" {
                    self = .shell(text)
                    return
                } else {
                    word = (word ?? "") + String(character)
                }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == "\\" {
                guard let next = rest.popFirst() else { return nil }
                word = (word ?? "") + String(next)
            } else if character == " " || character == "\t" {
                if let ended = word { words.append(ended) }
                word = nil
            } else if Self.shellCharacters.contains(character) || character == "~" && word == nil {
                self = .shell(text)
                return
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { return nil }
        if let ended = word { words.append(ended) }
        guard let program = words.first, !program.isEmpty else { return nil }
        // FOO=bar before a command, and what is no program at all, are the shell's business too.
        self = program.contains("=") || Self.builtIns.contains(program) ? .shell(text) : .words(words)
    }

    /// POSIX's special built-in utilities (XCU 2.14).
    private static let builtIns: Set<String> = [
        "break", ":", ".", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times",
        "trap", "unset",
    ]

    private static let shellCharacters: Set<Unicode.Scalar> = [
        "|", "&", ";", "<", ">", "(", ")", "$", "`", "*", "?", "[", "]", "#", "!", "{", "}", "\n",
    ]

    var program: String {
        switch self {
        case .words(let words): words[0]
        case .shell: "/bin/sh"
        }
    }

    var arguments: [String] {
        switch self {
        case .words(let words): Array(words.dropFirst())
        case .shell(let text): ["-c", text]
        }
    }
}
