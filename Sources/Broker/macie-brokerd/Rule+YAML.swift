internal import BrokerAccess

extension Configuration {
    /// Reads what docs/POLICY.md is about: `mode`, `grants` and `denies`.
    mutating func readPolicy(_ section: inout YAMLSection) throws(ConfigurationFailure) {
        if let text = try section.text("mode") {
            guard let named = Policy.Mode(rawValue: text.value) else {
                throw section.failure(at: text.place, "mode must be enforce or observe")
            }
            mode = named
        }
        if let grants = try section.sections("grants") { self.grants = try Self.rules(.grant, grants) }
        if let denies = try section.sections("denies") { self.denies = try Self.rules(.deny, denies) }
    }

    private static func rules(_ kind: Rule.Kind, _ sections: [YAMLSection]) throws(ConfigurationFailure) -> [Rule] {
        var rules: [Rule] = []
        for section in sections { rules.append(try Rule(kind, section)) }
        return rules
    }
}

extension Rule {
    fileprivate convenience init(_ kind: Kind, _ section: YAMLSection) throws(ConfigurationFailure) {
        var section = section
        let name = try section.text("name")?.value ?? section.name
        let title = "\(kind) \(name)"
        let who = try section.who(title)
        guard let actions = try section.texts("actions") else {
            throw section.failure(at: section.place, "\(title): it must name actions, such as macie2:GetMacieSession")
        }
        let profiles = try section.texts("profiles")
        let regions = try section.texts("regions")
        let executables = try section.texts("executables")
        for path in executables ?? [] where !path.value.hasPrefix("/") && !path.value.hasPrefix("*") {
            throw section.failure(at: path.place, "\(title): an executable is an absolute path, not \(path.value)")
        }
        let units = try section.texts("units")
        for unit in units ?? [] where !unit.value.contains(".") && !unit.value.hasSuffix("*") {
            throw section.failure(
                at: unit.place, "\(title): a unit is named with its kind, such as \(unit.value).service")
        }
        let end = try section.text("notAfter")
        let floorPlace = section.place(of: "maxAgeAtLeast")
        let floor = try section.integer("maxAgeAtLeast", in: 0...86_400)
        guard kind == .grant || floor == nil else {
            throw section.failure(at: floorPlace, "\(title): maxAgeAtLeast is for grants")
        }
        let origin = section.place.map { "\(section.file):\($0.line)" }
        self.init(
            kind, name: name, origin: origin, who: who, actions: Self.patterns(actions),
            profiles: profiles.map(Self.patterns), regions: regions.map(Self.patterns),
            executables: executables.map(Self.patterns), units: units.map(Self.patterns),
            notAfter: try end.map { text throws(ConfigurationFailure) in
                try section.instant(text, of: "\(title): notAfter")
            }, maxAgeAtLeast: floor)
        try section.refuseTheRest()
    }

    private static func patterns(_ texts: [Located<String>]) -> [NamePattern] { texts.map { NamePattern($0.value) } }
}

extension YAMLSection {
    /// Who a rule names. Names of users and groups are looked up here, once.
    fileprivate mutating func who(_ title: String) throws(ConfigurationFailure) -> Set<Rule.Who> {
        var who: Set<Rule.Who> = []
        for user in try self.texts("users") ?? [] {
            who.insert(user.value == "*" ? .everybody : .user(try uid(user, of: title)))
        }
        for group in try self.texts("groups") ?? [] { who.insert(.group(try gid(group, of: title))) }
        guard !who.isEmpty else { throw failure(at: place, "\(title): it must name users or groups") }
        return who
    }
}
