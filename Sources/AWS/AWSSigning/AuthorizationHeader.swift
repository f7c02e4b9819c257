internal import Timestamps

/// The Authorization header of a request that was signed, taken apart.
package struct AuthorizationHeader: Sendable, Equatable {
    package let accessKeyID: String
    /// The day of the credential scope, such as `20150830`. Not known to be a day.
    package let date: String
    package let scope: CredentialScope
    /// In the order they are named.
    package let signedHeaders: [String]
    package let signature: String

    /// What a header lacks or has too much of, in words for whoever wrote it.
    package struct Malformed: Error, Equatable { package let reason: String }

    package init(parsing text: String) throws(Malformed) {
        let prefix = SigningAlgorithm.name + " "
        guard text.hasPrefix(prefix) else { throw Malformed(reason: "the algorithm is not \(SigningAlgorithm.name)") }
        var members: [String: String] = [:]
        for member in text.dropFirst(prefix.count).split(separator: ",") {
            let pair = member.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, members.updateValue(String(pair[1]), forKey: String(pair[0])) == nil else {
                throw Malformed(reason: "it is not a list of different key=value pairs")
            }
        }
        let credential = try Self.take("Credential", from: &members)
            .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        signedHeaders = try Self.take("SignedHeaders", from: &members).split(separator: ";").map(String.init)
        signature = try Self.take("Signature", from: &members)
        guard members.isEmpty else { throw Malformed(reason: "it has a parameter that is not known") }
        guard credential.count == 5, credential[4] == SigningAlgorithm.terminator else {
            throw Malformed(reason: "its Credential is not KEY/DATE/REGION/SERVICE/\(SigningAlgorithm.terminator)")
        }
        accessKeyID = credential[0]
        date = credential[1]
        scope = CredentialScope(region: credential[2], service: credential[3])
    }

    private static func take(_ name: String, from members: inout [String: String]) throws(Malformed) -> String {
        guard let value = members.removeValue(forKey: name), !value.isEmpty else {
            throw Malformed(reason: "it requires the parameter '\(name)'")
        }
        return value
    }
}
