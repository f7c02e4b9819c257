internal import Glibc

/// Users and groups by name and number, as the host's name service knows them: getpwnam_r(3), getgrnam_r(3).
///
/// Look-ups may be slow (LDAP). They happen while a configuration is loaded, and once per uid for texts that people read.
package enum AccountNames {
    /// Bytes that one entry of the name service may take, the most this asks for.
    private static let largestEntry = 1 << 20

    /// The uid that `text` means: its number where it is digits alone, else that of the user with this name.
    package static func uid(named text: String) -> UInt32? { isNumber(text) ? UInt32(text) : uid(ofUser: text) }

    /// The gid that `text` means, in the same way.
    package static func gid(named text: String) -> UInt32? { isNumber(text) ? UInt32(text) : gid(ofGroup: text) }

    private static func isNumber(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    package static func uid(ofUser name: String) -> UInt32? {
        // SAFETY: all pointers live for the call; the number is copied out before the buffer goes.
        unsafe lookUp { buffer, size in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            let error = unsafe getpwnam_r(name, &entry, buffer, size, &found)
            return unsafe (error, found?.pointee.pw_uid)
        }
    }

    package static func gid(ofGroup name: String) -> UInt32? {
        // SAFETY: as above.
        unsafe lookUp { buffer, size in
            var entry = unsafe Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            let error = unsafe getgrnam_r(name, &entry, buffer, size, &found)
            return unsafe (error, found?.pointee.gr_gid)
        }
    }

    /// The groups that a login of this user would have, the primary one first: getgrouplist(3). nil for a uid that nobody has.
    package static func groups(ofUid uid: UInt32) -> [UInt32]? {
        // SAFETY: as above; the name is copied into a String while the buffer lives.
        let account: (name: String, gid: UInt32)? = unsafe lookUp { buffer, size in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            let error = unsafe getpwuid_r(uid, &entry, buffer, size, &found)
            return unsafe (error, found.map { unsafe (String(cString: $0.pointee.pw_name), $0.pointee.pw_gid) })
        }
        guard let account else { return nil }
        var groups = [gid_t](repeating: 0, count: 64)
        while true {
            var count = CInt(groups.count)
            // SAFETY: `count` says how many `groups` can take; both live for the call.
            if unsafe getgrouplist(account.name, account.gid, &groups, &count) >= 0 {
                return [account.gid] + groups.prefix(Int(count)).filter { $0 != account.gid }
            }
            // It has said how many there are.
            guard Int(count) > groups.count, Int(count) <= Peer.groupsAtMost + 1 else { return nil }
            groups = [gid_t](repeating: 0, count: Int(count))
        }
    }

    package static func user(ofUid uid: UInt32) -> String? {
        // SAFETY: as above; the name is copied into a String while the buffer lives.
        unsafe lookUp { buffer, size in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            let error = unsafe getpwuid_r(uid, &entry, buffer, size, &found)
            return unsafe (error, found?.pointee.pw_name.map { unsafe String(cString: $0) })
        }
    }

    package static func group(ofGid gid: UInt32) -> String? {
        // SAFETY: as above.
        unsafe lookUp { buffer, size in
            var entry = unsafe Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            let error = unsafe getgrgid_r(gid, &entry, buffer, size, &found)
            return unsafe (error, found?.pointee.gr_name.map { unsafe String(cString: $0) })
        }
    }

    /// Calls `body` with a growing buffer until it is large enough.
    private static func lookUp<Answer>(
        _ body: (UnsafeMutablePointer<CChar>, Int) -> (error: CInt, answer: Answer?)
    ) -> Answer? {
        var size = 1 << 10
        while size <= largestEntry {
            // SAFETY: the memory is ours from here to the end of this turn of the loop.
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { unsafe buffer.deallocate() }
            let result = unsafe body(buffer, size)
            guard result.error == ERANGE else { return result.answer }
            size *= 4
        }
        return nil
    }
}

// MARK: - A peer by name

extension Peer {
    /// (gid_t) -1 is no group's number: chown(2).
    package static let noGroup = UInt32.max

    /// A user as a peer would be who has just connected, from no process in particular. Names and numbers are both
    /// understood. Without `groups` they are those of a login; with them, the primary one comes first.
    package init(user: String, groups: [String]) throws(NoSuchAccount) {
        guard let uid = AccountNames.uid(named: user) else { throw .user(user) }
        var gids: [UInt32] = []
        for group in groups {
            guard let gid = AccountNames.gid(named: group) else { throw .group(group) }
            gids.append(gid)
        }
        if gids.isEmpty { gids = AccountNames.groups(ofUid: uid) ?? [] }
        self.init(uid: uid, gid: gids.first ?? Self.noGroup, pid: 0, groups: Array(gids.dropFirst()))
    }
}

/// A name that this host's name service does not know.
package enum NoSuchAccount: Error, Equatable {
    case user(String)
    case group(String)
}
