internal import AWSRuntime

/// What a person can do about an error of AWS, where more can be said than AWS says.
enum AWSRemedy {
    static func text(for error: ServiceError) -> String? {
        switch error.code {
        case "AccessDeniedException", "AccessDenied":
            // An account without Macie answers with the code of an IAM denial; only the message tells them apart.
            error.message.contains("not enabled")
                ? "enable Amazon Macie for this account and region"
                : "allow macie2:GetMacieSession to the identity whose credentials the broker holds"
        case "ResourceNotFoundException": "enable Amazon Macie for this account and region"
        case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId":
            "the access key is unknown to AWS: give the broker valid credentials"
        case "SignatureDoesNotMatch", "InvalidSignatureException":
            "the secret access key does not belong to the access key, or this host's clock is wrong"
        case "ExpiredToken", "ExpiredTokenException": "the session token has expired: give the broker new credentials"
        case "ThrottlingException", "Throttling", "TooManyRequestsException": "ask again later"
        default: nil
        }
    }
}
