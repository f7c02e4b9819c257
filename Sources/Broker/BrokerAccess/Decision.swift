/// A decision and its reason.
package enum Decision: Sendable, Equatable {
    /// By this grant, the first that covers the request.
    case allowed(Rule)
    case denied(Denial)
    /// Let through, for policy only observes; the reason is that of the denial it would have been.
    case wouldDeny(Denial)
}

/// Why a request is refused. The whole of it is for the audit; the client hears `reason`.
package struct Denial: Sendable, Equatable {
    /// The deny that covers the request; nil when there is none, but no grant either.
    package let rule: Rule?
    /// Where no deny covers it: the grant that lacks least; nil when there are no grants.
    package let nearest: Nearest?
    /// The same among the grants that name the caller.
    package let nearestOfCaller: Nearest?

    package init(rule: Rule?, nearest: Nearest? = nil, nearestOfCaller: Nearest? = nil) {
        self.rule = rule
        self.nearest = nearest
        self.nearestOfCaller = nearestOfCaller
    }

    /// A grant, and what a request lacked for it.
    package struct Nearest: Sendable, Equatable {
        package let rule: Rule
        /// In the order of the declaration of `Lack`; never empty.
        package let lacks: [Lack]

        package init(rule: Rule, lacks: [Lack]) {
            self.rule = rule
            self.lacks = lacks
        }
    }

    /// What the client may hear: never the name of a rule that does not name the caller.
    package var reason: String {
        if let rule { return "the rule \(rule.name) denies it" }
        guard let nearestOfCaller else { return "no grant names this user" }
        let lacks = nearestOfCaller.lacks
        if lacks.allSatisfy({ $0 == .action || $0 == .profile || $0 == .region }) {
            return "no grant of this user covers the action, profile and region"
        }
        let words = lacks.map { $0.words(for: nearestOfCaller.rule) }.joined(separator: ", ")
        return "no grant of this user covers it; the nearest, \(nearestOfCaller.rule.name), \(words)"
    }
}

/// What a request lacked for a grant to allow it.
package enum Lack: String, Sendable, CaseIterable {
    /// The grant does not name who asks.
    case caller
    case action
    case profile
    case region
    /// The program that asks is another, or is not known.
    case executable
    /// The process that asks is in another unit, in none, or that is not known.
    case unit
    /// `notAfter` has passed.
    case time
    /// The request asks for a younger answer than `maxAgeAtLeast` lets it.
    case freshness

    fileprivate func words(for rule: Rule) -> String {
        switch self {
        case .caller: "is for others"
        case .action: "is for other actions"
        case .profile: "is for other profiles"
        case .region: "is for other regions"
        case .executable: "is for certain programs"
        case .unit: "is for certain units"
        case .time: "has ended"
        case .freshness: "allows no maxAgeSeconds below \(rule.maxAgeAtLeast ?? 0)"
        }
    }
}

/// Several of them, without the array.
struct Lacks: OptionSet {
    let rawValue: UInt8

    static let caller = Lacks(rawValue: 1 << 0)
    static let action = Lacks(rawValue: 1 << 1)
    static let profile = Lacks(rawValue: 1 << 2)
    static let region = Lacks(rawValue: 1 << 3)
    static let executable = Lacks(rawValue: 1 << 4)
    static let unit = Lacks(rawValue: 1 << 5)
    static let time = Lacks(rawValue: 1 << 6)
    static let freshness = Lacks(rawValue: 1 << 7)

    var count: Int { rawValue.nonzeroBitCount }

    /// The bits stand in the order of the cases.
    var list: [Lack] {
        Lack.allCases.enumerated().compactMap { bit, lack in rawValue & (1 << UInt8(bit)) != 0 ? lack : nil }
    }
}
