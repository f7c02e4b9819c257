/// The local user on whose behalf a role is assumed, as far as CloudTrail is to name them.
package struct SessionUser: Sendable, Hashable {
    package let uid: UInt32
    /// The account's name; nil where the host has none for the uid.
    package let name: String?

    package init(uid: UInt32, name: String?) {
        self.uid = uid
        self.name = name
    }

    /// The user as a word of AWS's pattern for session names, `[\w+=,.@-]`, of at most `room` bytes.
    ///
    /// A name that fits is itself. Any other is mended and gets its uid (`j-rg+uid=1000`), so that two users never share a
    /// word: a name that already holds `uid=` counts as one that does not fit.
    func word(atMost room: Int) -> String {
        guard let name, !name.isEmpty else { return "uid=\(uid)" }
        if name.utf8.count <= room, name.utf8.allSatisfy(\.isOfIAMName), !name.contains("uid=") { return name }
        let suffix = "+uid=\(uid)"
        let mended = name.unicodeScalars.map { scalar in
            UInt8(exactly: scalar.value)?.isOfIAMName == true ? Character(scalar) : "-"
        }
        return String(mended.prefix(max(0, room - suffix.utf8.count))) + suffix
    }
}

/// A text with `{user}` in it, which stands for the user's word, and `{uid}`.
package struct SessionTemplate: Sendable, Equatable {
    package let text: String

    /// A session name or source identity: 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -` (API_AssumeRole), once the user is in it.
    package static let longestName = 64
    /// The value of a session tag.
    package static let longestTag = 256

    /// nil when the text cannot be one however the user is called.
    package init?(_ text: String, atMost longest: Int = SessionTemplate.longestName) {
        let parts = Self.parts(text)
        let fixed = parts.joined()
        // Room for a user's uid at least, at each place: "+uid=4294967295".
        let needed = fixed.utf8.count + 15 * (parts.count - 1)
        guard needed >= 2, needed <= longest, fixed.utf8.allSatisfy(\.isOfIAMName) else { return nil }
        self.text = text
    }

    package var isPersonal: Bool { text.contains("{user}") || text.contains("{uid}") }

    /// The text for one user; the broker itself is called `macie-broker`.
    package func filled(for user: SessionUser?, atMost longest: Int = SessionTemplate.longestName) -> String {
        guard isPersonal else { return text }
        let fixed = Self.parts(text).joined().utf8.count
        let places = max(1, Self.parts(text).count - 1)
        let word = user?.word(atMost: (longest - fixed) / places) ?? "macie-broker"
        let filled = text.split(separator: "{user}", omittingEmptySubsequences: false).joined(separator: word)
            .split(separator: "{uid}", omittingEmptySubsequences: false)
            .joined(separator: user.map { String($0.uid) } ?? "broker")
        // AWS wants two characters at least.
        return filled.utf8.count < 2 ? filled + (user.map { "+uid=\($0.uid)" } ?? "+") : filled
    }

    private static func parts(_ text: String) -> [Substring] {
        text.split(separator: "{user}", omittingEmptySubsequences: false)
            .flatMap { $0.split(separator: "{uid}", omittingEmptySubsequences: false) }
    }
}

extension UInt8 {
    /// Whether it is a character of IAM's names, of sessions and of roles: `[\w+=,.@-]` (API_AssumeRole, API_CreateRole).
    var isOfIAMName: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "_+=,.@-".utf8.contains(self)
        }
    }
}
