package import Timestamps

/// What a policy says that its author hardly meant: rules that cover nothing, grants that a deny takes back, wildcards that
/// allow more than reading. For people who check a configuration; nothing here decides.
package struct PolicyReview {
    /// A configured profile.
    package struct Profile {
        package let name: String
        /// The regions that the configuration gives it.
        package let regions: Set<String>

        package init(name: String, regions: Set<String>) {
            self.name = name
            self.regions = regions
        }
    }

    /// What of the world outside the policy decides whether a rule can match.
    package struct Surroundings {
        package let profiles: [Profile]
        /// The actions that the broker can carry out.
        package let actions: [String]
        /// Whether a text can be a region's name.
        package let isRegion: (String) -> Bool
        /// The path that the kernel has for a file: without symbolic links. nil for a file that is not there.
        package let realPath: (String) -> String?
        package let now: Timestamp

        package init(
            profiles: [Profile], actions: [String], isRegion: @escaping (String) -> Bool,
            realPath: @escaping (String) -> String?, now: Timestamp
        ) {
            self.profiles = profiles
            self.actions = actions
            self.isRegion = isRegion
            self.realPath = realPath
            self.now = now
        }
    }

    package struct Finding: Equatable, Sendable {
        package let rule: Rule
        /// Begins with a verb, as in `can never match: …`.
        package let problem: String
    }

    private let policy: Policy
    private let surroundings: Surroundings

    package init(_ policy: Policy, in surroundings: Surroundings) {
        self.policy = policy
        self.surroundings = surroundings
    }

    /// Rule by rule, grants first, each in the order of the file.
    package var findings: [Finding] {
        (policy.grants + policy.denies).flatMap { rule in
            let obstacles = obstacles(to: rule).map { Finding(rule: rule, problem: "can never match: \($0)") }
            guard rule.kind == .grant else { return obstacles }
            let shadows = obstacles.isEmpty ? shadows(on: rule) : []
            return obstacles + shadows + wildcards(of: rule)
        }
    }
}

// MARK: - Rules that cover nothing

extension PolicyReview {
    private func obstacles(to rule: Rule) -> [String] {
        var obstacles: [String] = []
        if actions(of: rule).isEmpty { obstacles.append("the broker knows no such action") }
        let profiles = profiles(of: rule)
        if profiles.isEmpty { obstacles.append("no such profile is configured") }
        if !profiles.isEmpty, !profiles.contains(where: { hasRegion(rule, of: $0) }) {
            obstacles.append(
                rule.regions == nil
                    ? "its profiles are configured with no region, and it names none" : "no region is called that")
        }
        if let executables = rule.executables {
            let reasons = executables.map(obstacle)
            if let reason = reasons.last, !reasons.contains(nil), let reason { obstacles.append(reason) }
        }
        if let end = rule.notAfter, end < surroundings.now { obstacles.append("it ended at \(end.rfc3339)") }
        return obstacles
    }

    private func actions(of rule: Rule) -> [String] {
        surroundings.actions.filter { action in rule.actions.contains { $0.matches(action) } }
    }

    private func profiles(of rule: Rule) -> [Profile] {
        surroundings.profiles.filter { profile in rule.profiles?.contains { $0.matches(profile.name) } ?? true }
    }

    private func hasRegion(_ rule: Rule, of profile: Profile) -> Bool {
        rule.regions.map { $0.contains { $0.isWildcard || surroundings.isRegion($0.text) } } ?? !profile.regions.isEmpty
    }

    /// Why no process will be seen to run this program; nil when one may.
    private func obstacle(to executable: NamePattern) -> String? {
        guard !executable.isWildcard else { return nil }
        guard let real = surroundings.realPath(executable.text) else { return "there is no \(executable) on this host" }
        return real == executable.text ? nil : "\(executable) is another name of \(real), which the kernel goes by"
    }
}

// MARK: - Grants that a deny takes back

extension PolicyReview {
    private func shadows(on grant: Rule) -> [Finding] {
        guard let deny = policy.denies.first(where: { shadows($0, grant) }) else { return [] }
        return [Finding(rule: grant, problem: "never allows anything: all of it is denied by \(deny.name)")]
    }

    /// Whether one deny covers all that the grant covers. It may miss some that do, for who is in which group is not asked.
    private func shadows(_ deny: Rule, _ grant: Rule) -> Bool {
        let profiles = profiles(of: grant)
        return (deny.who.contains(.everybody) || grant.who.isSubset(of: deny.who))
            && actions(of: grant).allSatisfy { action in deny.actions.contains { $0.matches(action) } }
            && profiles.allSatisfy { profile in deny.profiles?.contains { $0.matches(profile.name) } ?? true }
            && profiles.allSatisfy { coversRegions(deny, grant, of: $0) }
            && covers(deny.executables, grant.executables) && covers(deny.units, grant.units)
            && (deny.notAfter.map { end in grant.notAfter.map { $0 <= end } ?? false } ?? true)
    }

    private func coversRegions(_ deny: Rule, _ grant: Rule, of profile: Profile) -> Bool {
        switch (deny.regions, grant.regions) {
        case (nil, nil): true
        case (let denied?, let granted?): covers(denied, granted)
        case (let denied?, nil): profile.regions.allSatisfy { region in denied.contains { $0.matches(region) } }
        case (nil, let granted?): granted.allSatisfy { !$0.isWildcard && profile.regions.contains($0.text) }
        }
    }

    /// Whether the one list has everything of the other; a list that is not there has everything.
    private func covers(_ wide: [NamePattern]?, _ narrow: [NamePattern]?) -> Bool {
        guard let wide else { return true }
        return narrow?.allSatisfy { narrow in wide.contains { $0.matchesAll(of: narrow) } } ?? false
    }
}

// MARK: - Wildcards

extension PolicyReview {
    /// How the names of AWS's actions begin that read.
    private static let readingVerbs = ["Get", "List", "Describe", "BatchGet", "Search"]

    private func wildcards(of grant: Rule) -> [Finding] {
        grant.actions.filter { $0.isWildcard && !isReadOnly($0) }.map { pattern in
            Finding(
                rule: grant, problem: "allows more than reading: \(pattern) will also cover actions that change things")
        }
    }

    private func isReadOnly(_ pattern: NamePattern) -> Bool {
        guard let colon = pattern.text.firstIndex(of: ":") else { return false }
        let name = pattern.text[pattern.text.index(after: colon)...]
        return Self.readingVerbs.contains { name.hasPrefix($0) }
    }
}
