/// An AWS region name that may safely become a host label and a credential scope.
///
/// Stricter than the endpoint rules' `isValidHostLabel`: lower-case letters, digits and "-", 1 to 63 bytes, beginning
/// with a letter and not ending in "-". Unknown regions are accepted; only AWS knows them all.
package struct Region: Sendable, Hashable, CustomStringConvertible {
    package let name: String

    /// - Returns: nil when the name is not a region's.
    package init?(_ name: String) {
        let bytes = name.utf8
        guard (1...63).contains(bytes.count), let first = bytes.first, Self.isLetter(first),
            bytes.last != UInt8(ascii: "-"),
            bytes.allSatisfy({ Self.isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.name = name
    }

    package var description: String { name }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}
