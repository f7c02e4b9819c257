internal import AWSCredentials
internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire
internal import JSONText
internal import Timestamps

// MARK: - Credentials, as their administrators see them

extension Broker {
    func addCredentials(
        _ keys: GivenKeys, for asker: Errand.Asker, at now: Moment
    ) -> Result<JSONValue, Failure> {
        setup.upstream.give(keys, at: now.wall).map { entry in
            record(
                .addCredentials(
                    profile: entry.profile.name, accessKeyIDEnd: entry.account.accessKeyIDEnd ?? "",
                    expiresAt: entry.account.expiresAt), by: asker.peer, at: now)
            return entry.json
        }
    }

    func removeCredentials(
        of profile: ProfileName, for asker: Errand.Asker, at now: Moment
    ) -> Result<JSONValue, Failure> {
        guard let removed = setup.upstream.removeCredentials(of: profile) else { return .failure(.noSuchProfile) }
        record(.removeCredentials(profile: profile.name, removed: UInt64(removed)), by: asker.peer, at: now)
        return .success(["removed": JSONValue(removed)])
    }

    /// Everything that is held is wiped: SIGUSR1.
    package func dropCredentials(at now: Moment) { _ = dropCredentials(for: nil, at: now) }

    /// - Returns: how many credentials were held.
    func dropCredentials(for caller: Peer?, at now: Moment) -> Int {
        let dropped = setup.upstream.dropCredentials()
        record(.dropCredentials(dropped: UInt64(dropped)), by: caller, at: now)
        return dropped
    }
}

extension CredentialEntry {
    var json: JSONValue {
        var object = JSONObject([
            ("profile", .string(profile.name)), ("source", .string(account.source)),
            ("state", .string(account.isUsable ? "ready" : account.failure == nil ? "untried" : "unavailable")),
        ])
        if let user = account.user {
            var value = JSONObject([("uid", JSONValue(Int64(user.uid)))])
            value["name"] = user.name.map { .string($0) }
            object["user"] = .object(value)
        }
        object["accessKeyIdEnd"] = account.accessKeyIDEnd.map { .string($0) }
        object["accountId"] = account.accountID.map { .string($0) }
        object["expiresAt"] = account.expiresAt.map { .string($0.wholeMilliseconds.rfc3339) }
        if let time = account.lastAttempt {
            var refresh = JSONObject([
                ("at", .string(time.wholeMilliseconds.rfc3339)), ("ok", .bool(account.failure == nil)),
            ])
            refresh["reason"] = account.failure.map { .string($0.why) }
            refresh["remedy"] = account.failure.map { .string($0.remedy) }
            object["lastRefresh"] = .object(refresh)
        }
        return .object(object)
    }
}
