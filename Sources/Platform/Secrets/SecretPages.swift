internal import Glibc

/// Whole pages of memory for secrets, a mapping of their own: kept out of swap, of core dumps and of forked children, wiped
/// at the end, and between two pages that nobody may touch, so that whoever runs over the end of a neighbour is stopped.
///
/// The only file of this room that makes memory of addresses.
///
/// Unchecked, because the compiler cannot see that every range has one owner, who alone writes it and before anybody reads it:
/// the pool hands each out once at a time.
@safe final class SecretPages: @unchecked Sendable {
    let byteCount: Int
    /// Nil when they are locked; else the errno of mlock(2), as beyond RLIMIT_MEMLOCK. The pages serve all the same.
    let lockFailure: Int32?
    private let start: UnsafeMutableRawPointer
    private static let page = max(4096, sysconf(Int32(_SC_PAGESIZE)))

    /// Zeroed pages that hold at least `byteCount` bytes. Without `mayLock` it is as if the kernel refused; for tests.
    init(atLeast byteCount: Int, mayLock: Bool) {
        let page = Self.page
        self.byteCount = max(1, (byteCount + page - 1) / page) * page
        // SAFETY: a new mapping, with nobody's access; what of it is opened is ours until deinit.
        let mapping = unsafe mmap(
            nil, self.byteCount + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let mapping = unsafe mapping, unsafe mapping != UnsafeMutableRawPointer(bitPattern: -1),
            unsafe mprotect(mapping + page, self.byteCount, PROT_READ | PROT_WRITE) == 0
        else {
            // As when the heap is exhausted: there is nowhere to keep a key, and no caller could go on without one.
            fatalError("no memory for secrets")
        }
        unsafe start = mapping + page
        // Of two kinds of advice an old kernel may know only one, which still helps.
        unsafe madvise(start, self.byteCount, MADV_DONTDUMP)
        unsafe madvise(start, self.byteCount, MADV_WIPEONFORK)
        if !mayLock {
            lockFailure = ENOMEM
        } else {
            lockFailure = unsafe mlock(start, self.byteCount) == 0 ? nil : errno
        }
    }

    deinit {
        // SAFETY: the mapping is ours, guard pages included, and nobody uses it any more.
        unsafe explicit_bzero(start, byteCount)
        unsafe munmap(start - Self.page, byteCount + 2 * Self.page)
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
