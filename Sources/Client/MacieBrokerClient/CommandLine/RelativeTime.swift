/// How long ago, or from now, as people say it: `3 days ago`, `in 2 hours`, `just now`.
package enum RelativeTime {
    private static let units: [(name: String, seconds: Double)] = [
        ("year", 31_556_952), ("month", 2_629_746), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1),
    ]

    /// Less than this many seconds either way is `just now`.
    private static let nowSeconds = 1.0

    /// When `instant` is, seen from `now`.
    package static func spelled(_ instant: BrokerTimestamp, from now: BrokerTimestamp) -> String {
        let ahead = instant.secondsSince(now)
        if abs(ahead) < nowSeconds { return "just now" }
        return ahead < 0 ? "\(spelled(seconds: -ahead)) ago" : "in \(spelled(seconds: ahead))"
    }

    /// A duration in its largest whole unit, cut off: 7,199 seconds are `1 hour`. Below a second, in milliseconds.
    package static func spelled(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "an unknown time" }
        guard let unit = units.first(where: { $0.seconds <= seconds }) else {
            return counted(Int(seconds * 1_000), "millisecond")
        }
        return counted(Int(min(seconds / unit.seconds, 1e9)), unit.name)
    }

    private static func counted(_ count: Int, _ unit: String) -> String {
        "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
}
