import AWSSigning
import BareOpenSSL
import Secrets
import Timestamps

/// Times one signature of GetMacieSession with its signing key cached, beside the OpenSSL calls that are in it, and
/// prints one JSON object: medians in nanoseconds. They are timed in turn, and all must come to one signature.
@main
struct Signature {
    static func main() throws {
        let ours = try OurSignature()
        let bare = try BareSignature(of: ours.sign(times: 1))
        var medians = Medians(names: ["signature_ns", "bare_reused_ns", "bare_one_shot_ns"])
        for _ in 0..<Medians.turns {
            let signature = try medians.time(0) { try ours.sign(times: Medians.callsInATurn).signature }
            let reused = try medians.time(1) { try bare.signReused(times: Medians.callsInATurn) }
            let oneShot = try medians.time(2) { try bare.signOneShot(times: Medians.callsInATurn) }
            guard signature == hexadecimal(reused), signature == hexadecimal(oneShot) else {
                throw Failure(what: "the bare calls come to another signature")
            }
        }
        print(medians.json)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

struct Failure: Error {
    let what: String
}

/// The example key pair of AWS's own documentation.
enum Example {
    static let keyID = "AKIDEXAMPLE"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let instant = Timestamp(seconds: 1_440_938_160)
    static let host = "macie2.us-east-1.amazonaws.com"
    static let scope = CredentialScope(region: "us-east-1", service: "macie2")
}

/// The broker's own signer, as the broker uses it.
struct OurSignature {
    private let signer = Signer(keyring: SigningKeyring(), options: SigningOptions(signsBody: true))
    private let credential: Credential
    private let request = SignableRequest(method: "GET", path: "/macie", query: "", headers: [], body: [])

    init() throws {
        var secret = Array(Example.secret.utf8)
        credential = Credential(
            accessKeyID: Example.keyID, secretAccessKey: SecretBytes(takingAndWiping: &secret), sessionToken: nil,
            expiration: nil)
    }

    /// Signs so many times in a row, the same each time.
    func sign(times: Int) throws -> SignedRequest {
        var signed = try sign()
        for _ in 1..<times { signed = try sign() }
        return signed
    }

    private func sign() throws -> SignedRequest {
        try signer.sign(request, host: Example.host, scope: Example.scope, at: Example.instant, with: credential)
    }
}
