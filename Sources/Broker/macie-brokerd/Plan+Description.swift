internal import AWSCredentials
internal import AWSRuntime
internal import BrokerAccess
internal import BrokerCore
internal import BrokerServer
internal import Glibc
internal import Secrets
internal import Timestamps

extension Plan {
    /// What `--check` prints: what would run, with the credentials really looked for, and never a key.
    func description() async -> String {
        var lines = [
            "configuration  \(file ?? "none: defaults, only uid \(geteuid()) may ask")",
            "socket         \(socket) mode \(octal(access.mode))\(access.group.map { " group \($0)" } ?? "")",
            "cache          \(configuration.cacheSeconds) s, \(configuration.cacheEntries) answers",
        ]
        for route in routes {
            let profile = profiles[route.profile]
            lines.append("profile        \(route.profile)")
            lines.append("  region       \(profile?.region?.name ?? "none: requests must name one")")
            if let region = profile?.region ?? Region("us-east-1"), let endpoint = try? route.endpoint(region) {
                lines.append("  endpoint     \(endpoint)\(profile?.region == nil ? " (for us-east-1)" : "")")
            }
            lines.append("  credentials  \(await credentials(of: route))")
        }
        for grant in policy.grants { lines += words(for: grant) }
        if policy.grants.isEmpty { lines.append("grants         none: every request will be refused") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func credentials(of route: MacieUpstream.Route) async -> String {
        do {
            let credential = try await route.credentials.credential()
            return "\(route.credentials.name), found\(credential.expiration.map { ", until \($0.rfc3339)" } ?? "")"
        } catch {
            return "\(route.credentials.name), NOT FOUND: \(error)"
        }
    }

    private func words(for grant: Rule) -> [String] {
        let who = grant.who.map { who in
            switch who {
            case .everybody: "everybody"
            case .user(let uid): "user \(AccountNames.user(ofUid: uid) ?? String(uid))"
            case .group(let gid): "group \(AccountNames.group(ofGid: gid) ?? String(gid))"
            }
        }
        return [
            "grant          \(grant.name)\(grant.origin.map { " (\($0))" } ?? "")",
            "  who          \(who.sorted().joined(separator: ", "))",
            "  actions      \(grant.actions.map(\.text).joined(separator: ", "))",
            "  profiles     \(grant.profiles?.map(\.text).joined(separator: ", ") ?? "all")",
            "  regions      \(grant.regions?.map(\.text).joined(separator: ", ") ?? "those of each profile")",
        ]
    }

    private func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }
}
