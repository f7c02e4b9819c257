/// A role to be assumed, and what its session is to be called and may do: the parameters of STS's AssumeRole
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).
package struct RoleSettings: Sendable, Equatable {
    package var arn: String
    package var externalID: String?
    /// Seconds; AWS takes 900 to 43,200.
    package var durationSeconds: Int?
    package var session = RoleSession()

    package init(
        arn: String, externalID: String? = nil, durationSeconds: Int? = nil, session: RoleSession = RoleSession()
    ) {
        self.arn = arn
        self.externalID = externalID
        self.durationSeconds = durationSeconds
        self.session = session
    }
}

/// How a role's session is named, tagged and held down.
package struct RoleSession: Sendable, Equatable {
    /// `macie-broker` when nil.
    package var name: SessionTemplate?
    package var sourceIdentity: SessionTemplate?
    package var tags: [Tag] = []
    /// A policy in JSON: the session may do what the role may and this allows.
    package var policy: String?
    package var policyARNs: [String] = []

    package struct Tag: Sendable, Equatable {
        package let key: String
        package let value: SessionTemplate

        package init(key: String, value: SessionTemplate) {
            self.key = key
            self.value = value
        }
    }

    package init() {}

    package static let defaultName = "macie-broker"

    /// Whether each user has a session of their own.
    package var isPersonal: Bool {
        name?.isPersonal == true || sourceIdentity?.isPersonal == true || tags.contains { $0.value.isPersonal }
    }

    /// Whether it holds the session down to less than the role may do.
    package var isCeiling: Bool { policy != nil || !policyARNs.isEmpty }

    /// What `other` says where it says something, else this.
    package func overridden(by other: RoleSession) -> RoleSession {
        var session = self
        session.name = other.name ?? name
        session.sourceIdentity = other.sourceIdentity ?? sourceIdentity
        if !other.tags.isEmpty { session.tags = other.tags }
        session.policy = other.policy ?? policy
        if !other.policyARNs.isEmpty { session.policyARNs = other.policyARNs }
        return session
    }
}
