package import AWSRuntime
package import BrokerAccess
package import BrokerWire

/// A configured profile as far as deciding needs it; its credentials and endpoint belong to the upstream. A class, for every
/// request looks at it and need not copy it.
package final class Profile: Sendable {
    package let name: ProfileName
    /// Where a request goes that names no region.
    package let region: Region?
    /// Every region that the configuration gives to this profile, `region` included.
    package let regions: Set<String>
    /// Whether each user asks AWS in a session of their own, and so gets an answer of their own.
    package let isPersonal: Bool

    package init(name: ProfileName, region: Region?, otherRegions: [Region] = [], isPersonal: Bool = false) {
        self.isPersonal = isPersonal
        self.name = name
        self.region = region
        regions = Set(([region].compactMap { $0 } + otherRegions).map(\.name))
    }

    /// Whether the configuration gives this region to this profile.
    func configures(_ region: Region) -> Bool { region == self.region || regions.contains(region.name) }
}

/// The configured profiles, by name.
package struct Profiles: Sendable {
    /// In the order of their names.
    package let all: [Profile]
    private let byName: [String: Profile]
    private let fallback: Profile?

    package init(_ profiles: [Profile]) {
        all = profiles.sorted { $0.name.name < $1.name.name }
        byName = Dictionary(profiles.map { ($0.name.name, $0) }) { _, last in last }
        fallback = byName[ProfileName.defaultName] ?? (all.count == 1 ? all.first : nil)
    }

    package subscript(name: ProfileName) -> Profile? { byName[name.name] }

    /// The profile of a request that names none: `default`, or the only one.
    package var implicit: Profile? { fallback }

    /// The profile of a request that names this one, or none; nil for a name that is not configured.
    package func meant(by asked: ProfileName?) -> Profile? { asked.map { self[$0] } ?? implicit }
}

extension AccessRequest {
    /// What policy is asked about an action on a profile, as the configuration has it, in the region that is meant.
    package init(
        action: String, on name: ProfileName, configured profile: Profile?, region: Region?, maxAgeSeconds: Int?
    ) {
        self.init(
            action: action, profile: name.name, region: region?.name,
            regionIsConfigured: region.map { profile?.configures($0) ?? false } ?? true, maxAgeSeconds: maxAgeSeconds)
    }
}
