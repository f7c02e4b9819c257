internal import AWSCredentials

extension Configuration.Credentials {
    init(_ section: YAMLSection) throws(ConfigurationFailure) {
        var section = section
        if let text = try section.text("source") {
            guard let named = Source(rawValue: text.value) else {
                let known = Source.allCases.map(\.rawValue).joined(separator: ", ")
                throw section.failure(at: text.place, "\(section.name).source must be one of \(known)")
            }
            source = named
        }
        profile = try section.text("profile")?.value
        configFile = try section.text("configFile")?.value
        credentialsFile = try section.text("credentialsFile")?.value
        command = try section.text("command")?.value
        credential = try section.text("credential")?.value
        if let role = try section.section("role") { self.role = try RoleSettings(role) }
        session = try RoleSession(&section)
        try checkTogether(section)
        try section.refuseTheRest()
    }

    /// Keys that mean nothing with the source that there is, or are missing with it.
    private func checkTogether(_ section: YAMLSection) throws(ConfigurationFailure) {
        guard (command != nil) == (source == .process) else {
            throw section.failure(
                at: section.place, "\(section.name): command and source: process go together, one not without the other"
            )
        }
        guard credential == nil || source == .systemd else {
            throw section.failure(at: section.place, "\(section.name): credential needs source: systemd")
        }
        if let credential {
            guard !credential.isEmpty, credential.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
            else {
                throw section.failure(
                    at: section.place, "\(section.name).credential must be a credential's id, without a /")
            }
        }
        try checkSession(section)
        guard source != .given || role == nil else {
            throw section.failure(at: section.place, "\(section.name): role needs another source than given")
        }
    }

    /// A session needs a role. What a profile of the shared files leads to is known only once it is read; where a policy is to
    /// be a ceiling, the default chain might end at keys that no ceiling holds.
    private func checkSession(_ section: YAMLSection) throws(ConfigurationFailure) {
        guard role == nil, session != RoleSession() else { return }
        switch source {
        case .sharedFiles, .systemd, .webIdentity: return
        case .defaultChain where !session.isCeiling: return
        case .defaultChain:
            throw section.failure(
                at: section.place,
                "\(section.name): sessionPolicy and sessionPolicyArns need a role, or source: shared-files, systemd or web-identity"
            )
        case .environment, .process, .container, .instanceMetadata, .given:
            throw section.failure(
                at: section.place,
                "\(section.name): roleSessionName, sourceIdentity, sessionTags, sessionPolicy and sessionPolicyArns need a role with source: \(source.rawValue)"
            )
        }
    }
}

extension RoleSettings {
    fileprivate init(_ section: YAMLSection) throws(ConfigurationFailure) {
        var section = section
        guard let arn = try section.text("arn") else {
            throw section.failure(at: section.place, "\(section.name): it must have an arn")
        }
        guard arn.value.hasPrefix("arn:"), arn.value.split(separator: ":").count >= 5 else {
            throw section.failure(
                at: arn.place, "\(section.name).arn must be a role's, such as arn:aws:iam::123456789012:role/auditor")
        }
        self.init(
            arn: arn.value, externalID: try section.text("externalId")?.value,
            durationSeconds: try section.integer("durationSeconds", in: 1...43_200))
        try section.refuseTheRest()
    }
}

extension RoleSession {
    fileprivate init(_ section: inout YAMLSection) throws(ConfigurationFailure) {
        self.init()
        name = try section.template("roleSessionName")
        sourceIdentity = try section.template("sourceIdentity")
        if let identity = sourceIdentity, identity.text.lowercased().hasPrefix("aws:") {
            throw section.failure(at: section.place, "\(section.name).sourceIdentity must not begin with aws:")
        }
        policy = try section.text("sessionPolicy")?.value
        policyARNs = try section.texts("sessionPolicyArns")?.map(\.value) ?? []
        if let tags = try section.section("sessionTags") { self.tags = try Self.tags(tags) }
    }

    private static func tags(_ section: YAMLSection) throws(ConfigurationFailure) -> [Tag] {
        var section = section
        var tags: [Tag] = []
        for key in section.keys {
            guard (1...128).contains(key.value.count), !key.value.lowercased().hasPrefix("aws:") else {
                throw section.failure(
                    at: key.place, "\(section.name): a tag's key has 1 to 128 characters and no aws: before it")
            }
            guard let value = try section.template(key.value, atMost: SessionTemplate.longestTag) else { continue }
            tags.append(Tag(key: key.value, value: value))
        }
        try section.refuseTheRest()
        return tags
    }
}

extension YAMLSection {
    /// A text with `{user}` or `{uid}` in it, of AWS's characters for the names of sessions.
    fileprivate mutating func template(
        _ key: String, atMost longest: Int = SessionTemplate.longestName
    ) throws(ConfigurationFailure) -> SessionTemplate? {
        guard let text = try text(key) else { return nil }
        guard let template = SessionTemplate(text.value, atMost: longest) else {
            throw failure(
                at: text.place,
                "\(name).\(key) must have 2 to \(longest) of A-Z a-z 0-9 _ + = , . @ -; {user} stands for who asks, {uid} for their number"
            )
        }
        return template
    }
}
