import AWSSigning
import JSONText
import MacieSimulator
import Secrets
import Timestamps

extension Credential {
    /// The key pair of AWS's documentation.
    static let example = make("AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    static let temporary = make("ASIAEXAMPLE", secret: temporarySecret, token: "canary-token")
    static let temporarySecret = "another+secret/of+forty+characters+EXAMPLE"

    static func make(_ id: String, secret: String, token: String? = nil) -> Credential {
        var secret = Array(secret.utf8)
        guard var token = token.map({ Array($0.utf8) }) else {
            return Credential(accessKeyID: id, secretAccessKey: SecretBytes(takingAndWiping: &secret))
        }
        return Credential(
            accessKeyID: id, secretAccessKey: SecretBytes(takingAndWiping: &secret),
            sessionToken: SecretBytes(takingAndWiping: &token))
    }
}

/// A request that is signed first and may be altered afterwards.
struct SignedGet {
    static let signedAt = Timestamp(seconds: 1_440_938_160)  // 2015-08-30T12:36:00Z

    var method = "GET"
    var target: String
    var headers: [(name: String, value: String)]
    var body: [UInt8] = []

    init(
        _ credential: Credential = .example, path: String = "/macie", region: String = "us-east-1",
        service: String = "macie2",
        at instant: Timestamp = signedAt, headers: [(name: String, value: String)] = [], signsBody: Bool = true
    ) throws {
        let own: [(name: String, value: String)] = [("Host", "127.0.0.1")] + headers
        let signed = try Signer(keyring: SigningKeyring(), options: SigningOptions(signsBody: signsBody)).sign(
            SignableRequest(method: "GET", path: path, headers: own), host: "127.0.0.1",
            scope: CredentialScope(region: region, service: service), at: instant, with: credential)
        target = path
        self.headers = own + signed.addedHeaders
    }

    subscript(header name: String) -> String? {
        get { headers.first { $0.name == name }?.value }
        set {
            headers.removeAll { $0.name == name }
            if let newValue { headers.append((name, newValue)) }
        }
    }
}

/// A simulator that lives at `SignedGet.signedAt`.
func withSimulator(
    regions: Set<String> = ["us-east-1"], hasControl: Bool = false,
    _ body: (MacieSimulator) async throws -> Void
) async throws {
    let simulator = try await MacieSimulator.start(
        .init(
            credentials: [.example, .temporary], regions: regions, hasControl: hasControl,
            now: { SignedGet.signedAt }))
    do {
        try await body(simulator)
    } catch {
        try await simulator.stop()
        throw error
    }
    try await simulator.stop()
}

extension MacieSimulator {
    /// Over a connection of its own.
    func answer(to request: SignedGet) async throws -> RawConnection.Answer {
        try await answer(request.method, request.target, headers: request.headers, body: request.body)
    }

    func answer(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async throws -> RawConnection.Answer {
        let connection = try await RawConnection(port: port)
        let answer = try await connection.send(method, target, headers: headers, body: body)
        await connection.close()
        return answer
    }
}
