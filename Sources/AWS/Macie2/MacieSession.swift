package import JSONText
package import Timestamps

/// The state of Macie in one account and region, as GetMacieSession tells it. AWS may leave out any member.
package struct MacieSession: Sendable, Equatable {
    package var createdAt: Timestamp?
    /// `FIFTEEN_MINUTES`, `ONE_HOUR`, `SIX_HOURS`, or what AWS invents next.
    package var findingPublishingFrequency: String?
    /// The ARN of the service-linked role.
    package var serviceRole: String?
    /// `PAUSED`, `ENABLED`, or what AWS invents next.
    package var status: String?
    package var updatedAt: Timestamp?

    package init(
        createdAt: Timestamp? = nil, findingPublishingFrequency: String? = nil, serviceRole: String? = nil,
        status: String? = nil, updatedAt: Timestamp? = nil
    ) {
        self.createdAt = createdAt
        self.findingPublishingFrequency = findingPublishingFrequency
        self.serviceRole = serviceRole
        self.status = status
        self.updatedAt = updatedAt
    }

    /// AWS's members in the model's order, absent where AWS left them out; timestamps as RFC 3339 in UTC.
    package var json: JSONObject {
        let members: [(String, String?)] = [
            ("createdAt", createdAt?.rfc3339), ("findingPublishingFrequency", findingPublishingFrequency),
            ("serviceRole", serviceRole), ("status", status), ("updatedAt", updatedAt?.rfc3339),
        ]
        return JSONObject(members.compactMap { name, value in value.map { (name, .string($0)) } })
    }
}
