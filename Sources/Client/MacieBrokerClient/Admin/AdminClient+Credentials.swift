internal import BrokerWire
internal import JSONText

/// PROTOCOL.md, 15.9 to 15.12.
extension AdminClient {
    /// The credentials that the broker holds, or looked for in vain.
    package func credentials() throws(ClientFailure) -> CredentialsAnswer {
        try CredentialsAnswer(try client.result(of: .listCredentials))
    }

    /// Gives a profile keys, which count before its own source until they end or are removed.
    package func addCredentials(_ keys: GivenKeys) throws(ClientFailure) -> AddedCredentialsAnswer {
        try AddedCredentialsAnswer(try client.result(of: .addCredentials, keys.parameters))
    }

    /// Wipes what is held for a profile.
    package func removeCredentials(of profile: String) throws(ClientFailure) -> WipedCredentialsAnswer {
        let parameters = BrokerClient.parameters(profile, nil, nil)
        return try WipedCredentialsAnswer(try client.result(of: .removeCredentials, parameters), member: "removed")
    }

    /// Whether `text` can be a profile's name.
    package static func isProfileName(_ text: String) -> Bool { ProfileName(text) != nil }

    /// Wipes everything.
    package func dropCredentials() throws(ClientFailure) -> WipedCredentialsAnswer {
        try WipedCredentialsAnswer(try client.result(of: .dropCredentials), member: "dropped")
    }
}

extension GivenKeys {
    /// As a JSON object, with the secrets in no text and no other buffer on the way.
    fileprivate var parameters: RequestParameters {
        // An escape is six bytes at the most.
        let secrets = secretAccessKey.byteCount + (sessionToken?.byteCount ?? 0)
        return .written(bytesAtMost: 256 + 6 * (accessKeyID.utf8.count + secrets)) { [self] line in
            JSONText.append("{\"profile\":", to: &line)
            JSONText.appendQuoted(profile.name, to: &line)
            JSONText.append(",\"accessKeyId\":", to: &line)
            JSONText.appendQuoted(accessKeyID, to: &line)
            JSONText.append(",\"secretAccessKey\":", to: &line)
            secretAccessKey.lend { RequestParameters.appendQuoted($0, to: &line) }
            if let sessionToken {
                JSONText.append(",\"sessionToken\":", to: &line)
                sessionToken.lend { RequestParameters.appendQuoted($0, to: &line) }
            }
            if let lifetimeSeconds {
                JSONText.append(",\"expiresInSeconds\":", to: &line)
                JSONText.append(Int64(lifetimeSeconds), to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }
}
