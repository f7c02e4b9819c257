internal import Glibc

/// An instant on the UTC time line, to the nanosecond.
///
/// Seconds count from 1970-01-01T00:00:00Z without leap seconds (POSIX.1-2017, 4.16). A value made by one of the
/// parsers lies within the years 0001 to 9999, so that it can always be written back.
package struct Timestamp: Sendable, Hashable {
    /// Whole seconds since 1970-01-01T00:00:00Z; negative before it.
    package let seconds: Int64
    /// The rest, in nanoseconds, 0 ..< 1,000,000,000.
    package let nanoseconds: Int32

    /// The instant `seconds` and `nanoseconds` after 1970-01-01T00:00:00Z; nanoseconds outside 0 ..< 10⁹ are clamped.
    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }

    /// What the system's real-time clock says now: clock_gettime(2), CLOCK_REALTIME.
    package static func now() -> Timestamp {
        var spec = timespec()
        // SAFETY: `spec` lives for the call, which writes only into it.
        unsafe clock_gettime(CLOCK_REALTIME, &spec)
        return Timestamp(seconds: Int64(spec.tv_sec), nanoseconds: Int32(truncatingIfNeeded: spec.tv_nsec))
    }

    /// The instant `seconds` later (earlier when negative), held within the years 0001 to 9999.
    package func adding(seconds delta: Double) -> Timestamp {
        let bounded = min(max(delta, -4e11), 4e11)
        let whole = bounded.rounded(.down)
        let nanos = Int64(((bounded - whole) * 1e9).rounded()) + Int64(nanoseconds)
        let carried = seconds &+ Int64(whole) &+ nanos / 1_000_000_000
        let held = min(max(carried, CivilDate.firstSecond), CivilDate.lastSecond)
        return Timestamp(seconds: held, nanoseconds: Int32(nanos % 1_000_000_000))
    }

    /// Seconds from `other` to this instant; negative when this one is earlier.
    package func secondsSince(_ other: Timestamp) -> Double {
        Double(seconds &- other.seconds) + Double(nanoseconds - other.nanoseconds) / 1e9
    }
}

extension Timestamp: Comparable {
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}
