internal import Glibc

/// Whole pages of memory for secrets: kept out of swap, of core dumps and of forked children, wiped at the end.
///
/// The only file of this room that touches memory by its address.
@safe final class SecretPages: @unchecked Sendable {
    let byteCount: Int
    /// False when the kernel refused mlock(2), as it does beyond RLIMIT_MEMLOCK. The pages serve all the same.
    let isLocked: Bool
    private let start: UnsafeMutableRawPointer

    /// Zeroed pages that hold at least `byteCount` bytes. Without `mayLock` it is as if the kernel refused; for tests.
    init(atLeast byteCount: Int, mayLock: Bool) {
        let page = max(4096, sysconf(Int32(_SC_PAGESIZE)))
        self.byteCount = max(1, (byteCount + page - 1) / page) * page
        // SAFETY: whole pages, aligned to pages, all ours: advice and locks, which count in pages, touch nobody else's.
        unsafe start = UnsafeMutableRawPointer.allocate(byteCount: self.byteCount, alignment: page)
        // Of two kinds of advice an old kernel may know only one, which still helps.
        unsafe madvise(start, self.byteCount, MADV_DONTDUMP)
        unsafe madvise(start, self.byteCount, MADV_WIPEONFORK)
        isLocked = unsafe mayLock && mlock(start, self.byteCount) == 0
        unsafe explicit_bzero(start, self.byteCount)
    }

    deinit {
        // SAFETY: the pages are ours until the last line; the allocator gets them back as it gave them.
        unsafe explicit_bzero(start, byteCount)
        unsafe madvise(start, byteCount, MADV_KEEPONFORK)
        unsafe madvise(start, byteCount, MADV_DODUMP)
        if isLocked { unsafe munlock(start, byteCount) }
        unsafe start.deallocate()
    }

    /// Lends the bytes of `range`. Only their one owner may ask, and nobody may be writing them.
    func lend<R: ~Copyable, E: Error>(
        _ range: Range<Int>, to body: (borrowing RawSpan) throws(E) -> R
    ) throws(E) -> R {
        // SAFETY: `bounded` lies within the pages, which are initialised and outlive the call, for `self` does.
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: all[bounded(range)])
        return try body(unsafe bytes.bytes)
    }

    /// Lends the bytes of `range` for writing. Only their one owner may ask, before anybody else has seen them.
    func write<E: Error>(_ range: Range<Int>, by body: (inout MutableRawSpan) throws(E) -> Void) throws(E) {
        // SAFETY: as in `lend`.
        let bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: allMutable[bounded(range)])
        var span = unsafe bytes.mutableBytes
        try body(&span)
    }

    /// Overwrites the bytes of `range` with zeros; no optimiser may leave it out.
    func wipe(_ range: Range<Int>) {
        let range = bounded(range)
        // SAFETY: `bounded` lies within the pages.
        unsafe explicit_bzero(start + range.lowerBound, range.count)
    }

    private func bounded(_ range: Range<Int>) -> Range<Int> { range.clamped(to: 0..<byteCount) }
    private var all: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: byteCount) }
    private var allMutable: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    }
}
