/// The path of a canonical request.
enum CanonicalPath {
    /// Appends the canonical form of `path`, which begins with "/" whatever `path` begins with.
    static func append(_ path: String, normalized: Bool, to out: inout ByteText) throws(SigningFailure) {
        guard !HTTPText.hasControls(path) else { throw .unsendable(.path) }
        if path.utf8.first != slash { out.append(slash) }
        let escapes: URIEncoding.Escapes = normalized ? .escapedAgain : .understood
        if normalized && needsNormalizing(path.utf8.span) {
            URIEncoding.append(normalizing(path.utf8).span, escapes: escapes, keepingSlashes: true, to: &out)
        } else {
            URIEncoding.append(path.utf8.span, escapes: escapes, keepingSlashes: true, to: &out)
        }
    }

    private static func needsNormalizing(_ path: Span<UInt8>) -> Bool {
        for index in path.indices.dropFirst() where path[index - 1] == slash {
            if path[index] == slash || path[index] == dot { return true }
        }
        return false
    }

    /// Without empty and "." segments, and ".." taking back the one before it; a "/" at the end stays.
    ///
    /// RFC 3986, 5.2.4, except that doubled slashes go too, and that "/a/." is "/a", as AWS's own signers have it.
    private static func normalizing(_ path: String.UTF8View) -> [UInt8] {
        var segments: [Substring.UTF8View] = []
        for segment in path.split(separator: slash) where !segment.elementsEqual([dot]) {
            if segment.elementsEqual([dot, dot]) { _ = segments.popLast() } else { segments.append(segment) }
        }
        var normal = path.first == slash ? [slash] : []
        normal.append(contentsOf: segments.joined(separator: [slash]))
        if path.last == slash && !segments.isEmpty { normal.append(slash) }
        return normal
    }

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")
}
