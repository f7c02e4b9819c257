import AWSRuntime
import JSONText
import Secrets
import Timestamps

/// The login of IAM Identity Center as the AWS tools cache it: an access token, its end, and perhaps what renews it.
struct IdentityCenterToken: Sendable {
    /// What a renewal changes.
    struct Renewable: Sendable {
        let accessToken: SealedText
        let expiresAt: Timestamp
        let refreshToken: SealedText?
    }

    var renewable: Renewable
    let clientID: String?
    let clientSecret: SealedText?
    private let registrationExpiresAt: Timestamp?
    private let path: String
    /// The file as it was read: what is not known here is written back as it was.
    private let document: SealedText
    /// What is wrong when others can read the file, and what mends it.
    let exposure: (why: String, remedy: String)?

    /// Reads the cache file; what is wrong is thrown with `remedy`, for a login makes it anew.
    init(at path: String, source: String, remedy: String) throws(CredentialFailure) {
        func failure(_ why: String) -> CredentialFailure {
            CredentialFailure(source: source, why: why, remedy: remedy)
        }
        let leaves: SealedLeaves
        do throws(SharedFileFailure) {
            guard var file = try ReadableFile(at: path, atMost: SecretFile.longest) else {
                throw SharedFileFailure(path: path, why: "No such file or directory")
            }
            exposure = ReadableFile.exposure(of: path, mode: file.mode)
            var bytes: [UInt8] = []
            swap(&bytes, &file.bytes)
            // SAFETY: bytes have no padding.
            document = SealedText(SecretBytes(copying: unsafe bytes.span.bytes))
            guard let parsed = try? SealedLeaves(takingJSON: &bytes) else {
                throw SharedFileFailure(path: path, why: "it is not a JSON object")
            }
            leaves = parsed
        } catch {
            throw failure("failed to read \(error.path): \(error.why)")
        }
        guard let token = leaves.sealed("accessToken"), let end = leaves.instant("expiresAt") else {
            throw failure("\(path) has no accessToken or no expiresAt")
        }
        renewable = Renewable(accessToken: token, expiresAt: end, refreshToken: leaves.sealed("refreshToken"))
        clientID = leaves.text("clientId")
        clientSecret = leaves.sealed("clientSecret")
        registrationExpiresAt = leaves.instant("registrationExpiresAt")
        self.path = path
    }

    /// Whether everything is there that renews it, and has not ended itself.
    func canBeRenewed(at now: Timestamp) -> Bool {
        guard renewable.refreshToken != nil, clientID != nil, clientSecret != nil else { return false }
        return registrationExpiresAt.map { $0 > now } ?? true
    }

    mutating func renewed(by answer: CreateToken.Output, at now: Timestamp) {
        renewable = Renewable(
            accessToken: answer.accessToken,
            expiresAt: now.adding(seconds: Double(answer.expiresInSeconds)).wholeSeconds,
            refreshToken: answer.refreshToken ?? renewable.refreshToken)
    }

    /// Writes the token where it was read, whole or not at all.
    ///
    /// - Returns: why it could not be; nil when it was.
    func writeBack() -> String? {
        var end = Array(renewable.expiresAt.rfc3339.utf8)
        var members = [("accessToken", renewable.accessToken), ("expiresAt", SealedText(takingAndWiping: &end))]
        if let refreshToken = renewable.refreshToken { members.append(("refreshToken", refreshToken)) }
        guard var bytes = RewrittenObject.bytes(of: document, with: members) else { return "it is not a JSON object" }
        defer { _ = SecretBytes(takingAndWiping: &bytes) }
        return ReplacedFile.write(bytes, to: path)
    }
}

extension Timestamp {
    fileprivate var wholeSeconds: Timestamp { Timestamp(seconds: seconds) }
}
