internal import Glibc

/// The moment on the monotonic clock by which something has to be done.
package struct Deadline: Sendable {
    /// The longest wait, in seconds: a day. Nobody waits longer for one line, and the arithmetic below cannot overflow.
    package static let longestSeconds = 86_400.0

    /// `seconds` held between 0 and the longest wait; what is no number counts as the longest.
    package static func held(_ seconds: Double) -> Double {
        seconds.isNaN ? longestSeconds : min(max(seconds, 0), longestSeconds)
    }

    private let nanoseconds: Int64

    /// The moment `seconds`, held as above, from now.
    package init(secondsFromNow seconds: Double) {
        nanoseconds = Self.now() + Int64(Self.held(seconds) * 1e9)
    }

    /// What is left, in nanoseconds; 0 when the moment has passed.
    package var remainingNanoseconds: Int64 { max(0, nanoseconds - Self.now()) }

    /// What is left as poll(2) wants it, rounded up so that a wait never spins.
    package var remainingMilliseconds: Int32 { Int32(clamping: (remainingNanoseconds + 999_999) / 1_000_000) }

    private static func now() -> Int64 {
        var spec = timespec()
        // SAFETY: `spec` lives for the call, which writes only into it.
        unsafe clock_gettime(CLOCK_MONOTONIC, &spec)
        return Int64(spec.tv_sec) * 1_000_000_000 + Int64(spec.tv_nsec)
    }
}
