internal import BrokerAccess

/// Names of users and groups for texts that people read, looked up once each. Bounded; full, it starts over.
struct PeerNames {
    /// Names kept; a host with more users asks its name service again.
    private static let capacity = 1_024

    private var users: [UInt32: String?] = [:]
    private var groups: [UInt32: String?] = [:]

    mutating func user(of uid: UInt32) -> String? {
        Self.name(of: uid, in: &users) { AccountNames.user(ofUid: $0) }
    }

    mutating func group(of gid: UInt32) -> String? {
        Self.name(of: gid, in: &groups) { AccountNames.group(ofGid: $0) }
    }

    private static func name(
        of number: UInt32, in names: inout [UInt32: String?], lookUp: (UInt32) -> String?
    ) -> String? {
        if let known = names[number] { return known }
        if names.count >= capacity { names.removeAll() }
        let name = lookUp(number)
        names[number] = .some(name)
        return name
    }
}
