internal import Glibc
package import Timestamps

/// An instant by both clocks: the wall's, for records and provenance; and one that never steps, for ages and deadlines.
package struct Moment: Sendable, Equatable {
    package let wall: Timestamp
    /// Nanoseconds since boot, time asleep included: CLOCK_BOOTTIME, clock_gettime(2).
    package let uptimeNanoseconds: Int64

    package init(wall: Timestamp, uptimeNanoseconds: Int64) {
        self.wall = wall
        self.uptimeNanoseconds = uptimeNanoseconds
    }

    package static func now() -> Moment { Moment(wall: .now(), uptimeNanoseconds: currentUptime()) }

    /// Microseconds from this to now.
    package func microsecondsUntilNow() -> Int64 { max(0, Self.currentUptime() &- uptimeNanoseconds) / 1_000 }

    /// Nanoseconds from `earlier` to this; never negative.
    package func nanoseconds(since earlier: Moment) -> Int64 {
        max(0, uptimeNanoseconds &- earlier.uptimeNanoseconds)
    }

    package func seconds(since earlier: Moment) -> Double { Double(nanoseconds(since: earlier)) / 1e9 }

    private static func currentUptime() -> Int64 {
        var spec = timespec()
        // SAFETY: `spec` lives for the call, which writes only into it.
        unsafe clock_gettime(CLOCK_BOOTTIME, &spec)
        return Int64(spec.tv_sec) &* 1_000_000_000 &+ Int64(spec.tv_nsec)
    }
}
