internal import JSONText

/// What the broker answers to `macie2.GetMacieSession`: AWS's own members, and where they come from.
public struct SessionAnswer: Sendable, Hashable {
    public let session: MacieSession
    public let provenance: Provenance
    /// The whole result as JSON on one line, members that this library does not know included.
    public let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        let result = try ResultObject(value, at: "result")
        json = value.text
        session = try MacieSession(try result.object("session"))
        provenance = try Provenance(try result.object("provenance"))
    }
}

/// The Macie session of one account in one region: the output of GetMacieSession in the Amazon Macie API reference.
///
/// Every member is optional there, and nil here when AWS left it out. Enumerations stay strings: AWS may add values.
public struct MacieSession: Sendable, Hashable {
    /// When the account was enabled for Macie.
    public let createdAt: BrokerTimestamp?
    /// How often findings are published: `FIFTEEN_MINUTES`, `ONE_HOUR`, `SIX_HOURS`, or a newer value.
    public let findingPublishingFrequency: String?
    /// The ARN of the service-linked role that Macie uses to read the account's data.
    public let serviceRole: String?
    /// `ENABLED`, `PAUSED`, or a newer value.
    public let status: String?
    /// When the session was last changed.
    public let updatedAt: BrokerTimestamp?

    init(_ session: ResultObject) throws(ClientFailure) {
        createdAt = try session.optionalTimestamp("createdAt")
        findingPublishingFrequency = try session.optionalString("findingPublishingFrequency")
        serviceRole = try session.optionalString("serviceRole")
        status = try session.optionalString("status")
        updatedAt = try session.optionalTimestamp("updatedAt")
    }
}

/// Where an answer comes from, and how old it is.
public struct Provenance: Sendable, Hashable {
    /// The broker's profile whose credentials asked AWS.
    public let profile: String
    /// The AWS region that was asked.
    public let region: String
    /// The id under which AWS logged the call.
    public let requestID: String?
    /// When AWS answered.
    public let fetchedAt: BrokerTimestamp
    /// How old the answer was when the broker sent it, in seconds.
    public let ageSeconds: Double
    /// Whether the broker had the answer already.
    public let cached: Bool
    /// How many times AWS was asked before it answered, the first time included.
    public let attempts: Int

    init(_ provenance: ResultObject) throws(ClientFailure) {
        profile = try provenance.string("profile")
        region = try provenance.string("region")
        requestID = try provenance.optionalString("requestId")
        fetchedAt = try provenance.timestamp("fetchedAt")
        ageSeconds = try provenance.number("ageSeconds")
        cached = try provenance.bool("cached")
        attempts = try provenance.integer("attempts")
    }
}
