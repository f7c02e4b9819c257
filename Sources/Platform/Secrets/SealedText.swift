/// A secret that goes by reference: several may hold it, and it is wiped when the last of them lets go.
package final class SealedText: Sendable {
    package let bytes: SecretBytes

    package init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

    /// The bytes of `source`, which is wiped and left empty, as `SecretBytes` does it.
    package convenience init(takingAndWiping source: inout [UInt8]) {
        self.init(SecretBytes(takingAndWiping: &source))
    }

    /// A copy of the text, for what is no secret or has to leave as text: a header.
    package var text: String {
        bytes.lend { span in
            // SAFETY: the buffer is read during the call that lends it; the text is a copy.
            unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The same without blanks at both ends; nil when nothing else is left.
    package var trimmed: SealedText? {
        bytes.lend { span in
            // SAFETY: any byte is a UInt8.
            func isBlank(_ offset: Int) -> Bool {
                let byte = unsafe span.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
                return byte == 0x20 || (0x09...0x0D).contains(byte)
            }
            var (start, end) = (0, span.byteCount)
            while start < end, isBlank(start) { start += 1 }
            while end > start, isBlank(end - 1) { end -= 1 }
            guard start < end else { return nil }
            return SealedText(SecretBytes(copying: span.extracting(start..<end)))
        }
    }

    /// A copy of the bytes in locked memory.
    package func copy() -> SecretBytes { bytes.lend { SecretBytes(copying: $0) } }
}

extension SealedText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(a secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
