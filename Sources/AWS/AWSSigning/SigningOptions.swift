/// What differs between AWS services in how they want to be signed. The defaults are those of nearly all of them.
package struct SigningOptions: Sendable, Hashable {
    /// Whether the path is signed without dot segments and doubled slashes and with its escapes escaped once more.
    /// False for S3, whose keys are signed as they stand on the wire.
    package var normalizesPath: Bool
    /// Whether the body's hash is also sent and signed, as X-Amz-Content-SHA256.
    package var signsBody: Bool
    /// Whether the session token is sent without being signed, as a few old services ask.
    package var omitsSessionTokenFromSignature: Bool

    package init(
        normalizesPath: Bool = true, signsBody: Bool = false, omitsSessionTokenFromSignature: Bool = false
    ) {
        self.normalizesPath = normalizesPath
        self.signsBody = signsBody
        self.omitsSessionTokenFromSignature = omitsSessionTokenFromSignature
    }
}
