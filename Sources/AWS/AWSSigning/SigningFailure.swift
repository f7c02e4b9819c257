/// Why a request was not signed. None of the cases holds a header's value or a secret.
package enum SigningFailure: Error, Sendable, Equatable {
    /// A part that cannot stand in a request: it would break the request's framing, or it is none of HTTP's characters.
    case unsendable(Part)
    /// The request has this header already, and with another value than the signer has to give it.
    case conflictingHeader(name: String)
    /// libcrypto refused SHA-256 or HMAC: a broken installation, or a provider that forbids them.
    case cryptography

    package enum Part: Sendable, Equatable {
        case method
        case path
        case query
        case headerName
        case headerValue(name: String)
        case accessKeyID
        case sessionToken
        case credentialScope
    }
}
