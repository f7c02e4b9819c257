internal import BrokerWire

/// How long given keys are to count, as a person writes it: `90s`, `15m`, `2h`, `1d`.
package struct Lifetime: Sendable, Equatable {
    package let seconds: Int

    /// nil for anything else, and for what is longer than keys may count.
    package init?(_ text: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let digits = text.dropLast()
        guard let unit = text.last.flatMap({ units[$0] }), (1...6).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let count = Int(digits), GivenKeys.lifetimes.contains(Int64(count * unit))
        else { return nil }
        seconds = count * unit
    }
}
