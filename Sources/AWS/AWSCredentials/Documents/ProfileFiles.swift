import AWSRuntime

/// The shared config and credentials files together: the credentials file wins, property by property.
package struct ProfileFiles: ~Copyable {
    private let config: ProfileFile
    private let credentials: ProfileFile

    /// - Throws: `SharedFileFailure`; a file that does not exist is an empty one.
    package init(_ locations: SharedFileLocations) throws(SharedFileFailure) {
        let config = try ProfileFile(at: locations.configPath, as: .configuration)
        let credentials = try ProfileFile(at: locations.credentialsPath, as: .credentials)
        self.config = config
        self.credentials = credentials
    }

    /// False when neither file exists.
    package var exist: Bool { config.exists || credentials.exists }

    /// What is wrong with files that hold keys and that others can read.
    var exposures: [(why: String, remedy: String)] { [config.exposure, credentials.exposure].compactMap { $0 } }

    /// A property of an `[sso-session name]` section; nil when it is not there or blank. `hasSSOSession` tells whether the
    /// section is.
    func text(_ property: String, ofSSOSession session: String) -> String? {
        guard let value = config.document.ssoSessions[session]?[property] else { return nil }
        let text = config.text(of: value)
        return text.isEmpty ? nil : text
    }

    func hasSSOSession(_ name: String) -> Bool { config.document.ssoSessions[name] != nil }

    package func hasProfile(_ name: String) -> Bool {
        config.document.profiles[name] != nil || credentials.document.profiles[name] != nil
    }

    package var profileNames: Set<String> {
        Set(config.document.profiles.keys).union(credentials.document.profiles.keys)
    }

    /// Whether a profile has a property that is not blank.
    func has(_ property: String, inProfile profile: String) -> Bool {
        let value =
            credentials.document.profiles[profile]?[property] ?? config.document.profiles[profile]?[property]
        return value?.contains { !$0.isEmpty } ?? false
    }

    /// A property of a profile that is no secret; nil when it is not there or blank.
    package func text(_ property: String, ofProfile profile: String) -> String? {
        let text: String
        if let value = credentials.document.profiles[profile]?[property] {
            text = credentials.text(of: value)
        } else if let value = config.document.profiles[profile]?[property] {
            text = config.text(of: value)
        } else {
            return nil
        }
        return text.isEmpty ? nil : text
    }

    /// A secret property of a profile, empty when it is not there; the caller wipes it.
    package func secret(_ property: String, ofProfile profile: String) -> [UInt8] {
        if let value = credentials.document.profiles[profile]?[property] { return credentials.bytes(of: value) }
        return config.document.profiles[profile]?[property].map { config.bytes(of: $0) } ?? []
    }

    /// A sub-property of one service in a `[services name]` section, such as macie2's `endpoint_url`.
    package func text(_ property: String, ofService service: String, in section: String) -> String? {
        guard let value = config.document.services[section]?[service] else { return nil }
        for line in config.text(of: value).split(separator: "\n") {
            guard let equals = line.firstIndex(of: "="),
                HeaderText.trimmed(line[..<equals]).lowercased() == property
            else { continue }
            let text = HeaderText.trimmed(line[line.index(after: equals)...])
            return text.isEmpty ? nil : text
        }
        return nil
    }
}
