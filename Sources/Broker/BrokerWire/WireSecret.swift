internal import Glibc
internal import Synchronization

/// A secret that came with a request at the administrator's door. It can be lent and compared; nothing prints it, neither
/// `print` nor `dump`, a log or a failed test. Its bytes are wiped when nobody holds it any more; the line that they came on
/// is wiped where freed memory is.
package final class WireSecret: Sendable {
    private let bytes: Mutex<[UInt8]>

    package init(_ text: String) { bytes = Mutex(Array(text.utf8)) }

    /// Of bytes that are its own from now on; they are wiped in the end if no other array shares them.
    package init(taking bytes: consuming [UInt8]) { self.bytes = Mutex(bytes) }

    deinit {
        bytes.withLock { bytes in
            // SAFETY: explicit_bzero(3) writes the array's own bytes. It is held by nobody else, so no copy is made.
            unsafe bytes.withUnsafeMutableBytes { buffer in
                if let start = buffer.baseAddress { unsafe explicit_bzero(start, buffer.count) }
            }
        }
    }

    package var byteCount: Int { bytes.withLock { $0.count } }

    /// Lends the bytes to `body`, which must not keep them.
    package func lend<R: ~Copyable & Sendable>(to body: (Span<UInt8>) -> sending R) -> sending R {
        bytes.withLock { body($0.span) }
    }
}

extension WireSecret: Equatable {
    /// Takes as long wherever they differ first.
    package static func == (left: WireSecret, right: WireSecret) -> Bool {
        let (ours, theirs) = (left.bytes.withLock { $0 }, right.bytes.withLock { $0 })
        guard ours.count == theirs.count else { return false }
        return zip(ours, theirs).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension WireSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(a secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
