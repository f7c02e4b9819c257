internal import JSONText

/// What the broker answers to `admin.ListCredentials`.
package struct CredentialsAnswer: Sendable {
    package let credentials: [CredentialEntryAnswer]
    package let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        json = value.text
        credentials = try ResultObject(value, at: "result").objects("credentials")
            .map { entry throws(ClientFailure) in try CredentialEntryAnswer(entry) }
    }
}

/// What the broker answers to `admin.AddCredentials`.
package struct AddedCredentialsAnswer: Sendable {
    package let entry: CredentialEntryAnswer
    package let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        json = value.text
        entry = try CredentialEntryAnswer(try ResultObject(value, at: "result"))
    }
}

/// What the broker answers to `admin.RemoveCredentials` and `admin.DropCredentials`.
package struct WipedCredentialsAnswer: Sendable {
    /// How many credentials were held.
    package let count: Int
    package let json: String

    init(_ value: JSONValue, member: String) throws(ClientFailure) {
        json = value.text
        count = try ResultObject(value, at: "result").integer(member)
    }
}

/// One credential that the broker holds, or looked for in vain. There is no secret in it.
package struct CredentialEntryAnswer: Sendable, Equatable {
    /// Whose it is.
    package struct User: Sendable, Equatable {
        package let uid: Int
        package let name: String?
    }

    /// The last time that its source was asked.
    package struct Refresh: Sendable, Equatable {
        package let time: BrokerTimestamp
        package let isGood: Bool
        package let reason: String?
        package let remedy: String?
    }

    package let profile: String
    package let source: String
    /// `ready`, `unavailable`, `untried`, or a word that comes later.
    package let state: String
    /// nil where it is everybody's.
    package let user: User?
    /// The last four characters of the access key id; nil when there is no key.
    package let accessKeyIDEnd: String?
    package let accountID: String?
    package let expiresAt: BrokerTimestamp?
    /// nil when its source was never asked.
    package let lastRefresh: Refresh?

    init(_ entry: ResultObject) throws(ClientFailure) {
        profile = try entry.string("profile")
        source = try entry.string("source")
        state = try entry.string("state")
        user = try entry.optionalObject("user").map { user throws(ClientFailure) in
            User(uid: try user.integer("uid"), name: try user.optionalString("name"))
        }
        accessKeyIDEnd = try entry.optionalString("accessKeyIdEnd")
        accountID = try entry.optionalString("accountId")
        expiresAt = try entry.optionalTimestamp("expiresAt")
        lastRefresh = try entry.optionalObject("lastRefresh").map { refresh throws(ClientFailure) in
            Refresh(
                time: try refresh.timestamp("at"), isGood: try refresh.bool("ok"),
                reason: try refresh.optionalString("reason"), remedy: try refresh.optionalString("remedy"))
        }
    }
}
