internal import Timestamps

/// An instant as the broker tells it: UTC, to the nanosecond, without Foundation.
public struct BrokerTimestamp: Sendable, Hashable {
    /// Whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted; negative before it.
    public let secondsSinceEpoch: Int64
    /// The rest, in nanoseconds, 0 ..< 1,000,000,000.
    public let nanoseconds: Int32

    /// So many seconds and nanoseconds after 1970-01-01T00:00:00Z; nanoseconds outside 0 ..< 10⁹ are clamped.
    public init(secondsSinceEpoch: Int64, nanoseconds: Int32 = 0) {
        self.secondsSinceEpoch = secondsSinceEpoch
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }

    /// The instant that `text` names in RFC 3339, or nil when it names none in the years 0001 to 9999. Without a zone it is
    /// taken for UTC; digits beyond the ninth of a fraction are cut off.
    public init?(rfc3339 text: String) {
        guard let timestamp = Timestamp(parsingRFC3339: text) ?? Timestamp(parsingRFC3339: text + "Z") else {
            return nil
        }
        self.init(secondsSinceEpoch: timestamp.seconds, nanoseconds: timestamp.nanoseconds)
    }

    /// What the system's clock says now.
    public static func now() -> BrokerTimestamp {
        let timestamp = Timestamp.now()
        return BrokerTimestamp(secondsSinceEpoch: timestamp.seconds, nanoseconds: timestamp.nanoseconds)
    }

    /// RFC 3339 in UTC, such as `2020-12-02T22:39:41.930Z`: no fraction when it is zero.
    public var rfc3339: String { Timestamp(seconds: secondsSinceEpoch, nanoseconds: nanoseconds).rfc3339 }

    /// Seconds from `other` to this instant; negative when this one is earlier.
    public func secondsSince(_ other: BrokerTimestamp) -> Double {
        Double(secondsSinceEpoch) - Double(other.secondsSinceEpoch) + Double(nanoseconds - other.nanoseconds) / 1e9
    }
}

extension BrokerTimestamp: Comparable {
    public static func < (left: BrokerTimestamp, right: BrokerTimestamp) -> Bool {
        (left.secondsSinceEpoch, left.nanoseconds) < (right.secondsSinceEpoch, right.nanoseconds)
    }
}

extension BrokerTimestamp: CustomStringConvertible {
    public var description: String { rfc3339 }
}
