import AWSRuntime
import Secrets

/// A small file that holds one secret, read whole into locked memory.
enum SecretFile {
    /// Bytes; tokens have some thousand.
    static let longest = 64 * 1024

    /// The file's text without blanks around it.
    static func text(
        at path: String, source: String, remedy: String
    ) throws(CredentialFailure) -> SealedText {
        var bytes = try contents(at: path, source: source, remedy: remedy)
        guard let text = SealedText(takingAndWiping: &bytes).trimmed else {
            throw CredentialFailure(source: source, why: "\(path) is empty", remedy: remedy)
        }
        return text
    }

    /// The file's bytes, in an array of their own that the caller wipes.
    static func contents(at path: String, source: String, remedy: String) throws(CredentialFailure) -> [UInt8] {
        do throws(SharedFileFailure) {
            if let bytes = try ReadableFile(at: path, atMost: longest)?.bytes { return bytes }
            throw SharedFileFailure(path: path, why: "No such file or directory")
        } catch {
            throw CredentialFailure(
                kind: .unreachable, source: source, why: "\(error.path): \(error.why)", remedy: remedy)
        }
    }
}
