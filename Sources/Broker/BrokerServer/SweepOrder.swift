/// The connections whose clocks are still to be looked at, some at a time, so that nobody waits for thousands of others to
/// be looked at. By number, so that none is kept for it that has gone.
struct SweepOrder {
    /// Of all connections, the part that is looked at in one go, and the least that this is.
    private static let part = 256
    private static let least = 8

    private var left: [UInt64] = []
    private var atOnce = 0

    var isOver: Bool { left.isEmpty }

    init() {}

    init(of numbers: some Collection<UInt64>) {
        left = Array(numbers)
        atOnce = max(Self.least, left.count / Self.part)
    }

    /// Takes out those whose turn it is.
    mutating func next() -> [UInt64] {
        let some = Array(left.suffix(atOnce))
        left.removeLast(some.count)
        return some
    }
}
