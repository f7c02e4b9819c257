/// The passphrase of `admin.Lock` and `admin.Unlock`.
package final class Passphrase: Sendable {
    /// Bytes of UTF-8.
    package static let byteRange = 1...1_024

    private let secret: WireSecret

    /// nil when `text` is empty or too long.
    package init?(_ text: String) {
        guard Self.byteRange.contains(text.utf8.count) else { return nil }
        secret = WireSecret(text)
    }

    /// Lends the bytes to `body`, which must not keep them.
    package func lend<R: Sendable>(to body: (Span<UInt8>) -> sending R) -> sending R { secret.lend(to: body) }
}

extension Passphrase: Equatable {
    package static func == (left: Passphrase, right: Passphrase) -> Bool { left.secret == right.secret }
}

extension Passphrase: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(a passphrase)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
