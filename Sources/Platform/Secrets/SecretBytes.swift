internal import Glibc

/// Bytes with one owner: a secret key, a session token, a key derived from one.
///
/// They lie in memory that is locked (mlock), left out of core dumps and of forked children, and wiped when the owner
/// lets go. They can be lent for the length of a synchronous call; they cannot be copied, compared, encoded or printed.
package struct SecretBytes: ~Copyable, Sendable {
    /// How many bytes there are.
    package var count: Int { block.range.count }
    private let block: SecretPool.Block
    private let pool: SecretPool

    /// A copy of `source`, whose owner goes on being responsible for the original.
    package init(copying source: borrowing RawSpan) {
        self.init(copying: source, in: .shared)
    }

    /// The bytes of `source`, which is wiped and left empty.
    ///
    /// Only an array that shares its storage with no other is wiped: an array is copied before it is written to.
    package init(takingAndWiping source: inout [UInt8]) {
        // SAFETY: bytes have no padding; the buffer is the array's own, and `explicit_bzero` stays within its count.
        self.init(copying: unsafe source.span.bytes)
        unsafe source.withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { unsafe explicit_bzero(start, bytes.count) }
        }
        source = []
    }

    /// `count` bytes, zeros at first, that `fill` writes in place: for a secret that is computed.
    package init<E: Error>(count: Int, filledBy fill: (inout MutableRawSpan) throws(E) -> Void) throws(E) {
        self.init(count: count, in: .shared)
        try block.pages.write(block.range, by: fill)
    }

    init(copying source: borrowing RawSpan, in pool: SecretPool) {
        self.init(count: source.byteCount, in: pool)
        block.pages.write(block.range) { $0.copy(source, at: 0) }
    }

    private init(count: Int, in pool: SecretPool) {
        self.pool = pool
        block = pool.take(count)
    }

    deinit { pool.giveBack(block) }

    /// Lends the bytes to `body`, which must not copy them to memory that nobody wipes. A span cannot outlive the call.
    package borrowing func lend<R: ~Copyable, E: Error>(
        to body: (borrowing RawSpan) throws(E) -> R
    ) throws(E) -> R {
        try block.pages.lend(block.range, to: body)
    }
}

extension SecretBytes {
    /// Whether both hold the same bytes, in a time that tells their lengths and nothing of where they differ.
    package static func areEqual(_ left: borrowing SecretBytes, _ right: borrowing SecretBytes) -> Bool {
        guard left.count == right.count else { return false }
        return left.lend { left in
            right.lend { right in
                var difference: UInt8 = 0
                for index in left.byteOffsets {
                    // SAFETY: any bytes are a UInt8, and both spans have as many.
                    difference |=
                        unsafe left.unsafeLoad(fromByteOffset: index, as: UInt8.self)
                        ^ right.unsafeLoad(fromByteOffset: index, as: UInt8.self)
                }
                return difference == 0
            }
        }
    }
}

extension MutableRawSpan {
    /// Copies `source` to `offset`; what would lie beyond the end is left out.
    package mutating func copy(_ source: borrowing RawSpan, at offset: Int) {
        // SAFETY: both buffers are valid during the calls, and the count is held within both.
        unsafe withUnsafeMutableBytes { target in
            unsafe source.withUnsafeBytes { bytes in
                let room = unsafe target.dropFirst(offset)
                unsafe UnsafeMutableRawBufferPointer(rebasing: room)
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(room.count)))
            }
        }
    }
}
