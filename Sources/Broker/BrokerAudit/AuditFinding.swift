/// Something that is wrong with an audit: what, where, and of which record.
package struct AuditFinding: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Bytes were changed: a record does not have the hash that the next one carries, or is no record any more.
        case edited
        /// Records are missing between two others, or before the first.
        case removed
        /// A record stands behind one that it came before.
        case reordered
        /// A record stands there again, or one with a number that was given already.
        case duplicated
        /// Something stands between two records that belongs to neither.
        case inserted
        /// Records are missing at an end: by the head that was given, by the file's name, or by what the next file goes on
        /// from.
        case truncated
        /// The last line has no end: the broker or the host crashed, or somebody cut it.
        case torn
        /// A chain begins anew.
        case restarted
    }

    package let kind: Kind
    package let file: String
    /// From 1; 0 when it is about the file as a whole.
    package let line: Int
    /// The record that it is about, or the first of several.
    package let sequence: UInt64?
    package let detail: String
}

extension AuditFinding: CustomStringConvertible {
    /// `audit.jsonl:17: edited: …`
    package var description: String {
        (line == 0 ? "\(file): " : "\(file):\(line): ") + "\(kind.rawValue): \(detail)"
    }
}

/// What was verified.
package struct AuditSummary: Sendable, Equatable {
    package internal(set) var records: UInt64 = 0
    /// The number of the first record; nil when there is none.
    package internal(set) var first: UInt64?
    /// The last record, and its hash.
    package internal(set) var head: AuditHead?
    /// Torn lines that a record accounts for.
    package internal(set) var tornAccountedFor: UInt64 = 0
    package internal(set) var findings: UInt64 = 0

    package var isIntact: Bool { findings == 0 }
}
