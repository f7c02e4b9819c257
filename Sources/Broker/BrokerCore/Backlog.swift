/// Bytes that were received and not looked at yet. What is taken from their front costs nothing but itself: a client that
/// sends a thousand lines at once is read a few at a time.
struct Backlog {
    /// What is there, with what has been taken from its front.
    private(set) var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { count == 0 }
    /// The part of `bytes` that is still there.
    var range: Range<Int> { start..<bytes.count }

    /// Adds what `more` holds from `offset` on.
    mutating func append(_ more: Span<UInt8>, from offset: Int) {
        guard offset < more.count else { return }
        if isEmpty { self = Backlog() }
        // SAFETY: the pointer is used within the closure only.
        unsafe more.extracting(offset..<more.count).withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    /// The same without the first `count` bytes.
    func dropping(_ count: Int) -> Backlog {
        var rest = self
        rest.start = min(start + count, bytes.count)
        return rest.isEmpty ? Backlog() : rest
    }
}
