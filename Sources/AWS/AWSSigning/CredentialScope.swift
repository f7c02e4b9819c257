/// Where a signature holds: one region and one service, both by the names that AWS signs.
package struct CredentialScope: Sendable, Hashable {
    package let region: String
    package let service: String

    package init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    /// Whether `word` can be a part of a scope: those are joined by "/" and stand in a header between commas.
    static func isWord(_ word: String) -> Bool {
        let bytes = word.utf8.span
        for index in bytes.indices {
            let byte = bytes[index]
            if byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ",") { return false }
        }
        return !bytes.isEmpty
    }
}
