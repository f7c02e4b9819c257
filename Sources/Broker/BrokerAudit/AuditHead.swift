internal import Digests

/// The end of a chain: the number of its last record, and the SHA-256 of that record's line without its LF.
///
/// Whoever noted a head finds out later whether records up to it were cut off.
package struct AuditHead: Sendable, Hashable {
    /// Counts records from 1; 0 before the first.
    package let sequence: UInt64
    let digest: SHA256Digest

    init(sequence: UInt64, digest: SHA256Digest) {
        self.sequence = sequence
        self.digest = digest
    }

    /// Before the first record.
    package static let start = AuditHead(sequence: 0, digest: .zero)

    /// 64 lower-case hexadecimal digits.
    package var sha256: String { digest.hex }
}

extension AuditHead: LosslessStringConvertible {
    /// As people write it: `1234:` and the 64 digits.
    package var description: String { "\(sequence):\(sha256)" }

    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = UInt64(parts[0]), String(sequence) == parts[0],
            let digest = SHA256Digest(hex: String(parts[1]))
        else { return nil }
        self.init(sequence: sequence, digest: digest)
    }
}
