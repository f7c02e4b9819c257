/// A name, or several with `*` for any run of characters: how grants write actions, profiles and regions (IAM's wildcard,
/// without its `?`). Case counts.
package struct NamePattern: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    /// What stands between the stars; one piece means no star.
    private let pieces: [[UInt8]]

    package init(_ text: String) {
        self.text = text
        pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    package var description: String { text }

    package var isWildcard: Bool { pieces.count > 1 }

    /// Whether the pattern covers `name`, byte by byte. Pieces are found leftmost, which is enough when `*` is the only
    /// wildcard.
    package func matches(_ name: String) -> Bool {
        guard isWildcard, let first = pieces.first, let last = pieces.last else {
            return name.utf8.elementsEqual(text.utf8)
        }
        guard name.utf8.starts(with: first) else { return false }
        if pieces.count == 2, last.isEmpty { return true }
        var rest = Array(name.utf8)[...].dropFirst(first.count)
        guard rest.count >= last.count, rest.suffix(last.count).elementsEqual(last) else { return false }
        rest = rest.dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let found = Self.firstIndex(of: piece, in: rest) else { return false }
            rest = rest[(found + piece.count)...]
        }
        return true
    }

    /// Whether this pattern covers all that `other` covers. A star of `other` is taken as a letter like any: only a star of
    /// this one covers it, and whatever it stands for.
    func matchesAll(of other: NamePattern) -> Bool { matches(other.text) }

    private static func firstIndex(of piece: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= piece.count else { return nil }
        return (bytes.startIndex...(bytes.endIndex - piece.count)).first { bytes[$0...].starts(with: piece) }
    }
}
