internal import JSONText

/// Named parameters, taken one by one; what nobody took is refused.
struct Arguments {
    private let id: RequestID
    private var object: JSONObject

    init(id: RequestID, object: JSONObject) {
        self.id = id
        self.object = object
    }

    mutating func call(_ method: Method) throws(RequestRefusal) -> Call {
        switch method {
        case .getMacieSession:
            return .getMacieSession(
                SessionQuery(profile: try profile(), region: try region(), maxAgeSeconds: try maxAgeSeconds()))
        case .whoAmI: return .whoAmI
        case .status: return .status
        case .discover: return .discover
        }
    }

    func refuseTheRest() throws(RequestRefusal) {
        guard let stranger = object.members.first else { return }
        throw refusal(String(stranger.name.unicodeScalars.prefix(64)), "unknown parameter")
    }

    private mutating func profile() throws(RequestRefusal) -> ProfileName? {
        guard let value = take("profile") else { return nil }
        guard let name = value.string.flatMap({ ProfileName($0) }) else {
            throw refusal("profile", "a string of 1 to 64 characters of A-Z a-z 0-9 _ . @ + = , -")
        }
        return name
    }

    private mutating func region() throws(RequestRefusal) -> String? {
        guard let value = take("region") else { return nil }
        guard let name = value.string, (1...63).contains(name.utf8.count), name.utf8.allSatisfy(Self.isRegionByte)
        else {
            throw refusal("region", "the name of an AWS region, such as us-east-1")
        }
        return name
    }

    private mutating func maxAgeSeconds() throws(RequestRefusal) -> Int? {
        guard let value = take("maxAgeSeconds") else { return nil }
        guard let seconds = value.integer, SessionQuery.maxAgeRange.contains(seconds) else {
            throw refusal("maxAgeSeconds", "a whole number of seconds, 0 to 86400")
        }
        return Int(seconds)
    }

    private mutating func take(_ name: String) -> JSONValue? {
        defer { object[name] = nil }
        return object[name]
    }

    private func refusal(_ name: String, _ rule: String) -> RequestRefusal {
        RequestRefusal(id: id, reason: .invalidParameter(name: name, rule: rule))
    }

    private static func isRegionByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
