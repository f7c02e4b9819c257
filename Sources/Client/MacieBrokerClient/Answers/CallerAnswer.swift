internal import JSONText

/// What the broker answers to `broker.WhoAmI`: whom the kernel says it is talking to, and what that caller may do.
public struct CallerAnswer: Sendable, Hashable {
    /// Something that the broker's policy lets the caller do.
    public struct Right: Sendable, Hashable {
        /// An AWS action such as `macie2:GetMacieSession`; `*` stands for any characters.
        public let action: String
        /// The profiles it holds for.
        public let profiles: [String]
        /// The AWS regions it holds for.
        public let regions: [String]
        /// The name of the grant in the broker's configuration.
        public let grant: String
        /// Only for programs of these paths; `*` stands for any characters. nil: for any.
        public let executables: [String]?
        /// Only for processes of these systemd units; `*` stands for any characters. nil: for any.
        public let units: [String]?
        /// Until then; nil: for good.
        public let notAfter: BrokerTimestamp?
        /// Not for requests whose `maxAgeSeconds` is less; nil: for all.
        public let maxAgeAtLeast: Int?
    }

    /// A supplementary group.
    public struct Group: Sendable, Hashable {
        public let gid: Int
        /// Its name, where the broker's host knows one.
        public let name: String?
    }

    /// The caller's user id, from SO_PEERCRED of unix(7).
    public let uid: Int
    /// The caller's primary group id.
    public let gid: Int
    /// The caller's process id, at the moment it connected.
    public let pid: Int
    /// The user's name, where the broker's host knows one.
    public let user: String?
    /// The primary group's name, where the broker's host knows one.
    public let group: String?
    /// The supplementary groups; empty too when the broker is older than they are here.
    public let groups: [Group]
    /// The path of the caller's program, with ` (deleted)` at its end when that file was replaced since; nil when the broker
    /// cannot see it.
    public let executable: String?
    /// The systemd unit that the caller is part of; nil when there is none or the broker cannot see it.
    public let unit: String?
    /// `enforce`, or `observe`: what the policy would refuse is let through. nil: the broker is older than modes.
    public let mode: String?
    /// All that the caller may do, unless another rule denies it; empty when no grant names it.
    public let may: [Right]
    /// The whole result as JSON on one line, members that this library does not know included.
    public let json: String

    init(_ value: JSONValue) throws(ClientFailure) {
        let result = try ResultObject(value, at: "result")
        json = value.text
        uid = try result.integer("uid")
        gid = try result.integer("gid")
        pid = try result.integer("pid")
        user = try result.optionalString("user")
        group = try result.optionalString("group")
        var groups: [Group] = []
        for group in try result.optionalObjects("groups") ?? [] {
            groups.append(Group(gid: try group.integer("gid"), name: try group.optionalString("group")))
        }
        self.groups = groups
        executable = try result.optionalString("executable")
        unit = try result.optionalString("unit")
        mode = try result.optionalString("mode")
        var may: [Right] = []
        for right in try result.objects("may") { may.append(try Right(right)) }
        self.may = may
    }
}

extension CallerAnswer.Right {
    init(_ right: ResultObject) throws(ClientFailure) {
        action = try right.string("action")
        profiles = try right.strings("profiles")
        regions = try right.strings("regions")
        grant = try right.string("grant")
        executables = try right.optionalStrings("executables")
        units = try right.optionalStrings("units")
        notAfter = try right.optionalTimestamp("notAfter")
        maxAgeAtLeast = try right.optionalInteger("maxAgeAtLeast")
    }
}
