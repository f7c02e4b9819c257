internal import AWSRuntime
internal import BrokerAccess
internal import BrokerCore
internal import BrokerServer
internal import BrokerWire
internal import Glibc
internal import Secrets
internal import Timestamps

extension Plan {
    /// What `--check` prints: what would run, with the credentials really looked for, and never a key.
    func description() async throws -> String {
        var lines = [
            "configuration  \(file ?? "none: defaults, only uid \(geteuid()) may ask")",
            "socket         \(socket) mode \(octal(access.mode))\(access.group.map { " group \($0)" } ?? "")",
            "cache          \(configuration.cacheSeconds) s, \(configuration.cacheEntries) answers",
            "audit          \(configuration.audit.words)",
        ]
        let finder = try CredentialFinder(for: self)
        for (route, recipe) in zip(routes, recipes) {
            let profile = profiles[route.profile]
            lines.append("profile        \(route.profile)")
            lines.append("  region       \(profile?.region?.name ?? "none: requests must name one")")
            if let region = profile?.region ?? Region("us-east-1"), let endpoint = try? route.endpoint(region) {
                lines.append("  endpoint     \(endpoint)\(profile?.region == nil ? " (for us-east-1)" : "")")
            }
            lines.append("  credentials  \(await finder.words(for: recipe))")
        }
        lines.append("mode           \(policy.mode)\(policy.mode == .observe ? ": nothing is refused" : "")")
        for rule in policy.grants + policy.denies { lines += words(for: rule) }
        if policy.grants.isEmpty { lines.append("grants         none: every request will be refused") }
        for finding in review.findings {
            lines.append("NOTE           \(finding.rule.kind) \(finding.rule.title) \(finding.problem)")
        }
        await finder.shutdown()
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the rules say that was hardly meant.
    private var review: PolicyReview {
        PolicyReview(
            policy,
            in: PolicyReview.Surroundings(
                profiles: profiles.all.map { PolicyReview.Profile(name: $0.name.name, regions: $0.regions) },
                actions: KnownActions.all, isRegion: { Region($0) != nil }, realPath: Self.realPath, now: .now()))
    }

    private static func realPath(of path: String) -> String? {
        // SAFETY: realpath(3) with a null buffer answers memory that is ours to free, or null.
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    private func words(for rule: Rule) -> [String] {
        let who = rule.who.map { who in
            switch who {
            case .everybody: "everybody"
            case .user(let uid): "user \(AccountNames.user(ofUid: uid) ?? String(uid))"
            case .group(let gid): "group \(AccountNames.group(ofGid: gid) ?? String(gid))"
            }
        }
        let kind = rule.kind == .grant ? "grant" : "deny "
        var lines = [
            "\(kind)          \(rule.title)",
            "  who          \(who.sorted().joined(separator: ", "))",
            "  actions      \(Self.list(rule.actions))",
            "  profiles     \(rule.profiles.map(Self.list) ?? "all")",
            "  regions      \(rule.regions.map(Self.list) ?? "those of each profile")",
        ]
        if let executables = rule.executables { lines.append("  executables  \(Self.list(executables))") }
        if let units = rule.units { lines.append("  units        \(Self.list(units))") }
        if let end = rule.notAfter { lines.append("  until        \(end.rfc3339)") }
        if let floor = rule.maxAgeAtLeast { lines.append("  maxAge       \(floor) s at least") }
        return lines
    }

    private static func list(_ patterns: [NamePattern]) -> String { patterns.map(\.text).joined(separator: ", ") }

    private func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }
}

extension Configuration.Audit {
    /// Where records go, and what happens when they cannot.
    fileprivate var words: String {
        guard isEnabled else { return "off: nothing is recorded" }
        guard let file else { return "standard error" }
        return "\(file), requests are \(refusesWhenUnavailable ? "refused" : "answered") while it cannot be written"
    }
}
