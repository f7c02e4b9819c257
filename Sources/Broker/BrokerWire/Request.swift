/// One question of a client, checked: whoever holds one need not look at it again.
package struct Request: Sendable, Equatable {
    package let id: RequestID
    package let call: Call

    package init(id: RequestID, call: Call) {
        self.id = id
        self.call = call
    }
}

/// What can be asked, with its parameters.
package enum Call: Sendable, Equatable {
    case getMacieSession(SessionQuery)
    case whoAmI
    /// Indirect, as the admin calls with much to say are, so that they do not make the frequent call larger.
    indirect case explain(ExplainQuery)
    case status
    case discover
    /// Only from `Door.admin`.
    case admin(AdminCall)

    package var method: Method {
        switch self {
        case .getMacieSession: .getMacieSession
        case .whoAmI: .whoAmI
        case .explain: .explain
        case .status: .status
        case .discover: .discover
        case .admin(let call): call.method
        }
    }
}

/// The parameters of `macie2.GetMacieSession`.
package struct SessionQuery: Sendable, Equatable {
    /// nil: the profile `default`, or the only one there is.
    package let profile: ProfileName?
    /// A region as the client wrote it, 1 to 63 bytes of `[a-z0-9-]`; nil: the profile's own.
    package let region: String?
    /// How old an answer may be, 0 to 86,400 seconds; 0 asks AWS now; nil leaves it to the cache's lifetime.
    package let maxAgeSeconds: Int?

    package static let maxAgeRange: ClosedRange<Int64> = 0...86_400

    package init(profile: ProfileName? = nil, region: String? = nil, maxAgeSeconds: Int? = nil) {
        self.profile = profile
        self.region = region
        self.maxAgeSeconds = maxAgeSeconds
    }
}

/// The name of a configured profile: 1 to 64 bytes of `[A-Za-z0-9_.@+=,-]`, IAM's own set for names.
package struct ProfileName: Sendable, Hashable, CustomStringConvertible {
    package let name: String

    package init?(_ name: String) {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.name = name
    }

    package var description: String { name }

    package static let defaultName = "default"

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "@"),
            UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
