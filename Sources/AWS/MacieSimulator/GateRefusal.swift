import AWSSigning
import Timestamps

/// Why AWS's front end turned a request away before Macie saw it: always 403, its code in x-amzn-ErrorType.
///
/// Codes and texts are those that AWS's rest-json services give. They repeat no header but the date, and never the
/// canonical request: a session token is in it.
struct GateRefusal: Sendable, Equatable {
    let code: String
    let message: String

    /// Nil when the signature is valid.
    init?(_ verdict: SignatureVerification.Verdict, at now: Timestamp, allowedSkew: Double) {
        switch verdict {
        case .valid: return nil
        case .missing: self.init("MissingAuthenticationTokenException", "Missing Authentication Token")
        case .incomplete(let reason):
            self.init("IncompleteSignatureException", "The Authorization header is not usable: \(reason).")
        case .unknownKey, .wrongSessionToken:
            self.init("UnrecognizedClientException", "The security token included in the request is invalid.")
        case .wrongScope(let reason): self.init("InvalidSignatureException", reason)
        case .unsignedHeader(let name):
            self.init(
                "InvalidSignatureException", "'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
        case .expired(let signed):
            let earliest = now.adding(seconds: -allowedSkew)
            self.init(
                "InvalidSignatureException",
                "Signature expired: \(signed.basicISO8601) is now earlier than \(earliest.basicISO8601) "
                    + "(\(now.basicISO8601) - \(Self.minutes(allowedSkew)) min.)")
        case .notYetCurrent(let signed):
            let latest = now.adding(seconds: allowedSkew)
            self.init(
                "InvalidSignatureException",
                "Signature not yet current: \(signed.basicISO8601) is still later than \(latest.basicISO8601) "
                    + "(\(now.basicISO8601) + \(Self.minutes(allowedSkew)) min.)")
        case .wrongBody, .signatureDoesNotMatch: self = .wrongSignature
        }
    }

    static let wrongSignature = GateRefusal(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
            + "Key and signing method. Consult the service documentation for details.")

    private init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }

    private static func minutes(_ seconds: Double) -> Int { Int(seconds / 60) }
}
