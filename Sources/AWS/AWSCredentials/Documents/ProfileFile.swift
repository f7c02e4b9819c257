import Secrets

/// One shared file, read whole: where everything is, and its text, which lies in locked memory until this is let go.
package struct ProfileFile: ~Copyable {
    package let document: ProfileDocument
    /// False when there was no file: it counts as empty.
    package let exists: Bool
    /// What is wrong when the file holds keys and others can read it, and what mends it.
    let exposure: (why: String, remedy: String)?
    private let content: SecretBytes

    /// The longest file that is read, in bytes; people's are some KiB.
    package static let maximumBytes = 1 << 20

    /// Reads the file; `path` is nil when nobody knows where it would be.
    package init(at path: String?, as kind: ProfileDocument.Kind) throws(SharedFileFailure) {
        var bytes: [UInt8] = []
        var mode: UInt32?
        if let path, var file = try ReadableFile(at: path, atMost: Self.maximumBytes) {
            mode = file.mode
            swap(&bytes, &file.bytes)  // `bytes` alone must own the storage that is wiped
        }
        let document: ProfileDocument
        do throws(ProfileSyntaxFailure) {
            document = try ProfileDocument(parsing: bytes, as: kind)
        } catch {
            _ = SecretBytes(takingAndWiping: &bytes)
            throw SharedFileFailure(path: path ?? "", line: error.line, why: error.problem)
        }
        self.document = document
        exists = mode != nil
        exposure = mode.flatMap { mode in
            document.holdsKeys ? path.flatMap { ReadableFile.exposure(of: $0, mode: mode) } : nil
        }
        self.content = SecretBytes(takingAndWiping: &bytes)
    }

    /// A value as text, for what is no secret.
    package borrowing func text(of value: ProfileDocument.Value) -> String {
        String(decoding: bytes(of: value), as: UTF8.self)
    }

    /// A value's bytes, in an array of their own that the caller wipes when it is a secret.
    package borrowing func bytes(of value: ProfileDocument.Value) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(value.reduce(value.count) { $0 + $1.count })  // grown, it would leave a copy behind
        content.lend { span in
            // SAFETY: the pieces are positions in this very text; the buffer is not kept.
            unsafe span.withUnsafeBytes { text in
                for (index, piece) in value.enumerated() {
                    if index > 0 { copy.append(UInt8(ascii: "\n")) }
                    unsafe copy.append(contentsOf: text[piece])
                }
            }
        }
        return copy
    }
}

/// Why a shared file could not be used. Never anything of its text.
package struct SharedFileFailure: Error, Sendable, Equatable {
    package let path: String
    /// From 1; nil when the file could not be read at all.
    package var line: Int?
    package let why: String

    package var description: String { line.map { "\(path), line \($0): \(why)" } ?? "\(path): \(why)" }
}
