/// A name, or several with `*` for any run of characters: how rules write actions, profiles, regions, programs and units
/// (IAM's wildcard, without its `?`). Case counts.
package struct NamePattern: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    /// What stands between the stars; one piece means no star.
    private let pieces: [[UInt8]]
    private let isASCII: Bool

    package init(_ text: String) {
        self.text = text
        pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
        isASCII = text.utf8.allSatisfy { $0 < 0x80 }
    }

    package var description: String { text }

    package var isWildcard: Bool { pieces.count > 1 }

    /// Whether the pattern covers `name`, byte by byte. Pieces are found leftmost, which is enough when `*` is the only
    /// wildcard. Nothing is allocated: this is asked at every request.
    package func matches(_ name: String) -> Bool {
        guard isWildcard else { return isSame(as: name) }
        let bytes = name.utf8.span
        guard let first = pieces.first, let last = pieces.last, bytes.count >= first.count + last.count,
            Self.stands(first, in: bytes, at: 0)
        else { return false }
        var start = first.count
        let end = bytes.count - last.count
        guard Self.stands(last, in: bytes, at: end) else { return false }
        for index in 1..<pieces.count - 1 {
            guard let found = Self.firstIndex(of: pieces[index], in: bytes, from: start, to: end) else { return false }
            start = found + pieces[index].count
        }
        return true
    }

    /// Strings are equal by their characters, which several spellings may have; where all is ASCII, and of one length, there
    /// is only one, and comparing strings is quicker.
    private func isSame(as name: String) -> Bool {
        guard isASCII else { return name.utf8.elementsEqual(text.utf8) }
        return name.utf8.count == text.utf8.count && name == text
    }

    /// Whether this pattern covers all that `other` covers. A star of `other` is taken as a letter like any: only a star of
    /// this one covers it, and whatever it stands for.
    func matchesAll(of other: NamePattern) -> Bool { matches(other.text) }

    /// Whether `piece` stands at `offset`; it has to fit.
    private static func stands(_ piece: [UInt8], in bytes: Span<UInt8>, at offset: Int) -> Bool {
        for index in 0..<piece.count where piece[index] != bytes[offset + index] { return false }
        return true
    }

    private static func firstIndex(of piece: [UInt8], in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        guard end - start >= piece.count else { return nil }
        for offset in start...end - piece.count where stands(piece, in: bytes, at: offset) { return offset }
        return nil
    }
}
