import Glibc

/// The medians of several things that are timed turn by turn, so that a slow spell of the machine falls on all of them.
struct Medians {
    static let turns = 150
    static let callsInATurn = 2000

    private let names: [String]
    private var turns: [[Double]]

    init(names: [String]) {
        self.names = names
        turns = names.map { _ in [] }
    }

    /// One turn of the thing at `index`: `body` makes `callsInATurn` calls.
    mutating func time<Outcome>(_ index: Int, _ body: () throws -> Outcome) rethrows -> Outcome {
        let begun = Self.nanoseconds()
        let outcome = try body()
        turns[index].append((Self.nanoseconds() - begun) / Double(Self.callsInATurn))
        return outcome
    }

    var json: String {
        let members = zip(names, turns).map { name, taken in
            "\"\(name)\":\(taken.sorted()[taken.count / 2].rounded())"
        }
        return "{\(members.joined(separator: ","))}"
    }

    private static func nanoseconds() -> Double {
        var time = timespec()
        // SAFETY: `time` is a whole timespec that lives for the call.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
