import AWSRuntime
import Secrets
import Timestamps

/// The scalars of a document that holds keys, by the names that lead to them (`roleCredentials/accessKeyId`), each in locked
/// memory from the moment it was read. JSON and XML become the same; of two with one path the last counts.
struct SealedLeaves: Sendable {
    enum Kind: Sendable { case string, number, other }

    private struct Leaf: Sendable {
        let kind: Kind
        let text: SealedText
    }

    private var leaves: [String: Leaf] = [:]

    mutating func set(_ path: String, _ kind: Kind, _ text: SealedText) {
        leaves[path] = Leaf(kind: kind, text: text)
    }

    /// A text that is no secret; nil when it is not there, or no text.
    func text(_ path: String) -> String? { leaf(path, .string)?.text.text }

    /// A secret text; nil when it is not there, no text, or empty.
    func secret(_ path: String) -> SecretBytes? {
        guard let leaf = leaf(path, .string), leaf.text.bytes.count > 0 else { return nil }
        return leaf.text.copy()
    }

    /// The same, by reference.
    func sealed(_ path: String) -> SealedText? {
        guard let leaf = leaf(path, .string), leaf.text.bytes.count > 0 else { return nil }
        return leaf.text
    }

    /// A whole number.
    func integer(_ path: String) -> Int64? { leaf(path, .number).flatMap { Int64($0.text.text) } }

    /// An instant in ISO 8601.
    func instant(_ path: String) -> Timestamp? { text(path).flatMap { Timestamp(parsingISO8601: $0) } }

    func contains(_ path: String) -> Bool { leaves[path] != nil }

    private func leaf(_ path: String, _ kind: Kind) -> Leaf? {
        leaves[path].flatMap { $0.kind == kind ? $0 : nil }
    }
}
