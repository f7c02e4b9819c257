package import JSONText
package import Secrets
package import Timestamps

/// What a simulator starts with.
package struct SimulatorConfiguration: Sendable {
    /// The keys it knows. A credential with a session token must come with it, one without must come without.
    package var credentials: [Credential]
    /// The regions whose endpoint it is.
    package var regions: Set<String>
    /// The members that GET /macie answers.
    package var session: JSONObject
    /// On 127.0.0.1; 0: any that is free.
    package var port: Int
    /// Whether `/simulator/…` is served: never where someone else may connect.
    package var hasControl: Bool
    /// Real time; the simulator's own clock may be told to differ from it.
    package var now: @Sendable () -> Timestamp

    package init(
        credentials: [Credential], regions: Set<String> = ["us-east-1"],
        session: JSONObject = SimulatorConfiguration.ownSession, port: Int = 0, hasControl: Bool = false,
        now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.credentials = credentials
        self.regions = regions
        self.session = session
        self.port = port
        self.hasControl = hasControl
        self.now = now
    }

    /// An enabled session, with all members that AWS sends.
    package static let ownSession = JSONObject([
        ("createdAt", "2020-12-02T22:39:41.930Z"),
        ("findingPublishingFrequency", "FIFTEEN_MINUTES"),
        (
            "serviceRole",
            "arn:aws:iam::123456789012:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"
        ),
        ("status", "ENABLED"),
        ("updatedAt", "2024-05-16T08:15:30.120Z"),
    ])
}
