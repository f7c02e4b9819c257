import Glibc

/// Bounded waiting. Nothing in these tests sleeps for a fixed time; what other processes do is polled for, and only here.
enum Waiting {
    /// How often something outside is looked at, in microseconds.
    private static let pause: UInt32 = 2_000

    /// Whether `condition` came true within the time.
    static func until(seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
        let deadline = Deadline(seconds: seconds)
        repeat {
            if try condition() { return true }
            usleep(pause)
        } while !deadline.isOver
        return try condition()
    }
}

/// A moment after which nobody waits any longer.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant

    init(seconds: Double) { end = .now + .seconds(seconds) }

    var isOver: Bool { ContinuousClock.now >= end }

    /// For poll(2): milliseconds, rounded up, 0 when it is over.
    var milliseconds: Int32 {
        let left = (end - .now) / .milliseconds(1)
        return left <= 0 ? 0 : Int32(min(left.rounded(.up), 3_600_000))
    }
}

/// What keeps a test from being carried out at all.
struct HarnessFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// A system call that failed, with errno(3)'s text.
    static func system(_ call: String) -> HarnessFailure {
        // SAFETY: strerror(3) answers a valid C string for every number; it is copied at once.
        HarnessFailure("\(call): \(unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)")")
    }
}
