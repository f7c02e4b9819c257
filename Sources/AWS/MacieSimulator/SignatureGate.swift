import AWSSigning
import Secrets
import Timestamps

/// AWS's front end: lets through only what is signed by a known key, now, for Macie, in one of its regions.
struct SignatureGate: Sendable {
    /// Five minutes, as AWS allows for most services.
    private static let allowedSkew = 300.0

    private let credentials: [String: Credential]
    private let verifications: [String: SignatureVerification]
    /// Judges what names no region of ours: only to refuse it in the right words.
    private let elsewhere: SignatureVerification

    /// Of two credentials with one access key ID the last counts.
    init(credentials: [Credential], regions: Set<String>) {
        let keyring = SigningKeyring()
        func verification(_ region: String) -> SignatureVerification {
            SignatureVerification(
                scope: .init(region: region, service: "macie2"), allowedSkew: Self.allowedSkew, keyring: keyring)
        }
        self.credentials = Dictionary(credentials.map { ($0.accessKeyID, $0) }) { $1 }
        verifications = Dictionary(regions.map { ($0, verification($0)) }) { $1 }
        elsewhere = verification("")
    }

    /// Nil when the request may pass.
    func refusal(of request: ReceivedRequest, at now: Timestamp) -> GateRefusal? {
        let region = request.header("Authorization").flatMap { try? AuthorizationHeader(parsing: $0).scope.region }
        let verification = region.flatMap { verifications[$0] } ?? elsewhere
        let signable = SignableRequest(
            method: request.method, path: request.path, query: request.query, headers: request.headers,
            body: request.body)
        guard let verdict = try? verification.verdict(on: signable, at: now, credentialNamed: { credentials[$0] })
        else { return .wrongSignature }
        return GateRefusal(verdict, at: now, allowedSkew: Self.allowedSkew)
    }
}
