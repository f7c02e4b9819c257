/// Bytes that come in pieces and may hold secrets: what a process prints, the body of an answer. They lie in the memory of
/// `SecretBytes` from the first on, up to a limit, and are wiped where they have been when they are moved to more room.
package struct SecretBuffer: ~Copyable, Sendable {
    /// The most bytes it takes.
    package let limit: Int
    /// How many bytes there are.
    package private(set) var count = 0
    private var storage: SecretBytes

    package init(limit: Int) {
        self.limit = max(0, limit)
        storage = SecretBytes(count: min(self.limit, Self.firstBytes)) { _ in }
    }

    /// Takes in all of `bytes`, or, when they are more than the limit allows, nothing: then it is false.
    package mutating func append(_ bytes: borrowing RawSpan) -> Bool {
        guard bytes.byteCount <= limit - count else { return false }
        makeRoom(for: bytes.byteCount)
        storage.write(count..<count + bytes.byteCount) { $0.copy(bytes, at: 0) }
        count += bytes.byteCount
        return true
    }

    /// Lets `fill` write at most `most` bytes in place, behind those that are there, and return how many it has written.
    /// It is offered none when the limit is reached.
    package mutating func append<E: Error>(
        atMost most: Int, filledBy fill: (inout MutableRawSpan) throws(E) -> Int
    ) throws(E) -> Int {
        let room = max(0, min(most, limit - count))
        makeRoom(for: room)
        let written = try storage.write(count..<count + room, by: fill)
        let taken = min(max(0, written), room)
        count += taken
        return taken
    }

    /// Lends the bytes that are there, as `SecretBytes` does.
    package borrowing func lend<R: ~Copyable, E: Error>(
        to body: (borrowing RawSpan) throws(E) -> R
    ) throws(E) -> R {
        let count = count
        return try storage.lend { bytes throws(E) in try body(bytes.extracting(first: count)) }
    }

    /// A copy of a part; what of `range` lies beyond the end is left out.
    package borrowing func slice(_ range: Range<Int>) -> SecretBytes {
        storage.slice(range.clamped(to: 0..<count))
    }

    /// Forgets everything; the room is wiped.
    package mutating func removeAll() {
        storage.write(0..<storage.count) { $0.wipe() }
        count = 0
    }

    /// One unit of the pool's pages holds many small answers; a token of a role has some 1 KiB.
    private static let firstBytes = 2_048

    private mutating func makeRoom(for more: Int) {
        guard storage.count - count < more else { return }
        let bytes = min(limit, max(count + more, 2 * storage.count))
        var larger = SecretBytes(count: bytes) { _ in }
        storage.lend { old in larger.write(0..<old.byteCount) { $0.copy(old, at: 0) } }
        storage = larger
    }
}
