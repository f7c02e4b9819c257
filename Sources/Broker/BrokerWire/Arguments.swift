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
        guard method == .getMacieSession else { return try rarerCall(method) }
        return .getMacieSession(try sessionQuery())
    }

    /// Apart, so that the frequent call's code stays small.
    @inline(never)
    private mutating func rarerCall(_ method: Method) throws(RequestRefusal) -> Call {
        switch method {
        case .getMacieSession: return .getMacieSession(try sessionQuery())
        case .whoAmI: return .whoAmI
        case .explain: return .explain(try explainQuery())
        case .status: return .status
        case .discover: return .discover
        case .reload: return .admin(.reload)
        case .adminStatus: return .admin(.status)
        case .metrics: return .admin(.metrics)
        case .dropCache: return .admin(.dropCache(profile: try profile()))
        case .lock: return .admin(.lock(try passphrase()))
        case .unlock: return .admin(.unlock(try passphrase()))
        case .setLogLevel: return .admin(.setLogLevel(try logLevel()))
        case .adminExplain: return .admin(.explain(try adminExplainQuery()))
        case .listCredentials: return .admin(.listCredentials)
        case .addCredentials: return .admin(.addCredentials(try givenKeys()))
        case .removeCredentials: return .admin(.removeCredentials(profile: try requiredProfile()))
        case .dropCredentials: return .admin(.dropCredentials)
        }
    }

    func refuseTheRest() throws(RequestRefusal) {
        guard let stranger = object.members.first else { return }
        throw refusal(String(stranger.name.unicodeScalars.prefix(64)), "unknown parameter")
    }

    private mutating func sessionQuery() throws(RequestRefusal) -> SessionQuery {
        SessionQuery(profile: try profile(), region: try region(), maxAgeSeconds: try maxAgeSeconds())
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

    private mutating func explainQuery() throws(RequestRefusal) -> ExplainQuery {
        guard let action = take("action")?.string, ExplainQuery.isAction(action) else {
            throw refusal("action", "required: an AWS action of 1 to 128 characters, such as macie2:GetMacieSession")
        }
        return ExplainQuery(
            action: action, profile: try profile(), region: try region(), maxAgeSeconds: try maxAgeSeconds())
    }

    private mutating func adminExplainQuery() throws(RequestRefusal) -> AdminExplainQuery {
        guard let user = take("user")?.string, Self.isAccountName(user) else {
            throw refusal("user", "required: a user's name or number, a string of 1 to 256 bytes")
        }
        return AdminExplainQuery(
            user: user, groups: try groups(), query: try explainQuery(), executable: try executable(), unit: try unit())
    }

    private mutating func groups() throws(RequestRefusal) -> [String]? {
        guard let value = take("groups") else { return nil }
        let names = value.array?.compactMap { $0.string }
        guard let names, names.count == value.array?.count, names.allSatisfy(Self.isAccountName) else {
            throw refusal("groups", "an array of groups' names or numbers, strings of 1 to 256 bytes")
        }
        return names
    }

    private mutating func executable() throws(RequestRefusal) -> String? {
        guard let value = take("executable") else { return nil }
        guard let path = value.string, AdminExplainQuery.executableBytes.contains(path.utf8.count),
            path.utf8.first == UInt8(ascii: "/")
        else {
            throw refusal("executable", "an absolute path of 1 to 4096 bytes")
        }
        return path
    }

    private mutating func unit() throws(RequestRefusal) -> String? {
        guard let value = take("unit") else { return nil }
        guard let name = value.string, AdminExplainQuery.unitBytes.contains(name.utf8.count) else {
            throw refusal("unit", "the name of a systemd unit, a string of 1 to 255 bytes")
        }
        return name
    }

    private mutating func passphrase() throws(RequestRefusal) -> Passphrase {
        guard let passphrase = take("passphrase")?.string.flatMap({ Passphrase($0) }) else {
            throw refusal("passphrase", "required: a string of 1 to 1024 bytes")
        }
        return passphrase
    }

    private mutating func requiredProfile() throws(RequestRefusal) -> ProfileName {
        guard let profile = try profile() else { throw refusal("profile", "required: the name of a profile") }
        return profile
    }

    private mutating func givenKeys() throws(RequestRefusal) -> GivenKeys {
        let profile = try requiredProfile()
        guard let id = take("accessKeyId")?.string, GivenKeys.accessKeyIDBytes.contains(id.utf8.count) else {
            throw refusal("accessKeyId", "required: a string of 1 to 128 bytes")
        }
        let (needsSecret, needsToken) = ("required: a string of 1 to 1024 bytes", "a string of 1 to 16384 bytes")
        guard let secret = try secret("secretAccessKey", GivenKeys.secretAccessKeyBytes, needsSecret) else {
            throw refusal("secretAccessKey", needsSecret)
        }
        let token = try self.secret("sessionToken", GivenKeys.sessionTokenBytes, needsToken)
        var lifetime: Int?
        if let value = take("expiresInSeconds") {
            guard let seconds = value.integer, GivenKeys.lifetimes.contains(seconds) else {
                throw refusal("expiresInSeconds", "a whole number of seconds, 1 to 604800")
            }
            lifetime = Int(seconds)
        }
        return GivenKeys(
            profile: profile, accessKeyID: id, secretAccessKey: secret, sessionToken: token, lifetimeSeconds: lifetime)
    }

    /// A parameter that is secret; nil when it is not there. `needs` says what it has to be.
    private mutating func secret(
        _ name: String, _ bytes: ClosedRange<Int>, _ needs: String
    ) throws(RequestRefusal) -> WireSecret? {
        guard let value = take(name) else { return nil }
        guard let text = value.string, bytes.contains(text.utf8.count) else { throw refusal(name, needs) }
        return WireSecret(text)
    }

    private mutating func logLevel() throws(RequestRefusal) -> LogLevel {
        guard let level = take("level")?.string.flatMap({ LogLevel(rawValue: $0) }) else {
            let names = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
            throw refusal("level", "required: one of \(names)")
        }
        return level
    }

    private mutating func take(_ name: String) -> JSONValue? {
        defer { object[name] = nil }
        return object[name]
    }

    private func refusal(_ name: String, _ rule: String) -> RequestRefusal {
        RequestRefusal(id: id, reason: .invalidParameter(name: name, rule: rule))
    }

    private static func isAccountName(_ name: String) -> Bool {
        AdminExplainQuery.nameBytes.contains(name.utf8.count)
    }

    private static func isRegionByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
