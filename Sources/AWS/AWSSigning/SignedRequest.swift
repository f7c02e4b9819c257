/// What signing a request came to: the headers to add, and each step of how they were made.
///
/// It is never printed as it is: a session token is among its headers and within its canonical request.
package struct SignedRequest: Sendable {
    /// What the request needs besides its own headers: Host, X-Amz-Date, X-Amz-Security-Token and X-Amz-Content-SHA256
    /// where they apply and are not in the request already, and Authorization, always and last.
    package let addedHeaders: [(name: String, value: String)]
    /// The value of the Authorization header.
    package let authorization: String

    private let canonical: CanonicalRequest
    private let signedText: [UInt8]

    init(
        addedHeaders: [(name: String, value: String)], authorization: String, canonical: CanonicalRequest,
        stringToSign: [UInt8]
    ) {
        self.addedHeaders = addedHeaders
        self.authorization = authorization
        self.canonical = canonical
        signedText = stringToSign
    }

    /// Step 1: the request in the one form that both sides can make of it.
    package var canonicalRequest: String { String(decoding: canonical.bytes, as: UTF8.self) }
    /// Step 2: the time, the scope, and the hash of the canonical request.
    package var stringToSign: String { String(decoding: signedText, as: UTF8.self) }
    /// Step 3: 64 hexadecimal digits.
    package var signature: String { String(authorization.suffix(64)) }
    /// The names of the headers that are signed, in lower case, joined by ";".
    package var signedHeaders: String { canonical.signedHeaders }
}

extension SignedRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "SignedRequest(\(signedHeaders))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
