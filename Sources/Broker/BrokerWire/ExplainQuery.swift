/// The parameters of `broker.Explain`: a request that the caller might make.
package struct ExplainQuery: Sendable, Equatable {
    /// An IAM action, as `isAction` has it.
    package let action: String
    /// nil: the profile `default`, or the only one there is.
    package let profile: ProfileName?
    /// A region as the client wrote it, 1 to 63 bytes of `[a-z0-9-]`; nil: the profile's own.
    package let region: String?
    /// How old an answer the request would take, 0 to 86,400 seconds; nil: not said.
    package let maxAgeSeconds: Int?

    package init(action: String, profile: ProfileName? = nil, region: String? = nil, maxAgeSeconds: Int? = nil) {
        self.action = action
        self.profile = profile
        self.region = region
        self.maxAgeSeconds = maxAgeSeconds
    }

    /// Bytes of an action.
    package static let actionBytes = 1...128

    /// Whether `text` is one action, `service:Name`: a prefix of `[a-z0-9-]` and a name of `[A-Za-z0-9]`, as IAM's Service
    /// Authorization Reference writes them, without wildcards. Whether there is such an action is not asked.
    package static func isAction(_ text: String) -> Bool {
        guard actionBytes.contains(text.utf8.count) else { return false }
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, let service = parts.first, let name = parts.last else { return false }
        return !service.isEmpty && !name.isEmpty && service.allSatisfy(isServiceByte) && name.allSatisfy(isNameByte)
    }

    private static func isServiceByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

/// The parameters of `admin.Explain`: a request that anybody might make. Who that is the administrator says; nothing here
/// is a claim of the caller's about itself.
package struct AdminExplainQuery: Sendable, Equatable {
    /// A user's name or uid, as written: 1 to 256 bytes (LOGIN_NAME_MAX of limits.h).
    package let user: String
    /// Names or gids, as written, each as long as a user's; nil: the groups that the user has on the broker's host.
    package let groups: [String]?
    /// What would be asked.
    package let query: ExplainQuery
    /// The program's path, absolute, 1 to 4,096 bytes (PATH_MAX of limits.h); nil: not known.
    package let executable: String?
    /// The systemd unit, 1 to 255 bytes (systemd.unit(5)); nil: not known.
    package let unit: String?

    package init(
        user: String, groups: [String]? = nil, query: ExplainQuery, executable: String? = nil, unit: String? = nil
    ) {
        self.user = user
        self.groups = groups
        self.query = query
        self.executable = executable
        self.unit = unit
    }

    package static let nameBytes = 1...256
    package static let executableBytes = 1...4_096
    package static let unitBytes = 1...255
}
