import JSONText
import Testing

/// The road once and for real: who is asking is what the kernel says, and what they may is what the grants say.
@Suite struct RoadOtherUsersTests {
    private let workplace: Workplace
    private let simulator: Simulator

    /// A user that this host has no name for, with a group likewise.
    private static let stranger: UInt32 = 41_000
    private static let nobody: UInt32 = 65_534

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
    }

    private func broker(grants: String, _ more: String = "") throws -> BrokerProcess {
        try BrokerProcess.start(
            configuration: simulator.configuration(in: workplace, grants: grants, more), in: workplace)
    }

    private func grant(_ who: String, _ more: String = "") -> String {
        "grants: [{name: the tests, \(who), actions: [\"macie2:GetMacieSession\"]\(more)}]"
    }

    @Test(arguments: [nobody, stranger])
    func `another user without any AWS variable gets the session that it is granted`(uid: UInt32) throws {
        let broker = try broker(grants: grant("users: [\(uid)]"))
        let answer = try broker.ask(["session", "--output", "json"], uid: uid)
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json["session"]?["status"] == "ENABLED")
        #expect(try simulator.calls() == (1, 0))
    }

    @Test func `a user without a grant is refused with the reason, and AWS is not asked`() throws {
        let broker = try broker(grants: grant("users: [\(Self.stranger)]"))
        let refusal = try broker.ask(["session"], uid: Self.nobody)
        #expect(refusal.status == 77, "\(refusal)")
        #expect(refusal.out.isEmpty)
        #expect(refusal.err.contains("PermissionDenied"))
        #expect(refusal.err.contains("(uid 65534) may not macie2:GetMacieSession on "))
        #expect(refusal.err.contains("no grant names this user"))
        #expect(refusal.err.contains("next: ask the administrator"))
        #expect(try simulator.calls() == (0, 0))
    }

    @Test func `an answer in the cache is only for those who may have it`() throws {
        let broker = try broker(grants: grant("users: [\(Self.stranger)]"))
        #expect(try broker.ask(["session"], uid: Self.stranger).status == 0)
        #expect(try broker.ask(["session"], uid: Self.nobody).status == 77)
    }

    @Test func `a grant to a group covers its members by their primary group, and nobody else`() throws {
        let broker = try broker(grants: grant("groups: [52000]"))
        #expect(try broker.ask(["session"], uid: Self.stranger, gid: 52_000).status == 0)
        #expect(try broker.ask(["session"], uid: Self.nobody, gid: 52_000).status == 0)
        #expect(try broker.ask(["session"], uid: Self.stranger, gid: 52_001).status == 77)
        // A user whose uid is the group's number is not in the group.
        #expect(try broker.ask(["session"], uid: 52_000, gid: 52_001).status == 77)
    }

    @Test func `a grant holds for its profiles and regions alone`() throws {
        let keys = try workplace.writeCredentials()
        let profile = """
            region: us-east-1, regions: [eu-west-1], endpoint: "\(simulator.url)", \
            credentials: {source: shared-files, credentialsFile: \(keys.credentials), configFile: \(keys.config)}
            """
        let broker = try BrokerProcess.start(
            configuration: """
                profiles: {default: {\(profile)}, audit: {\(profile)}}
                grants:
                  - {name: one, users: [\(Self.nobody)], actions: ["macie2:*"], profiles: [au*], regions: [us-*]}
                  - {name: two, users: [\(Self.stranger)], actions: ["macie2:List*"]}
                """, in: workplace)
        let asked: [(arguments: [String], status: Int32)] = [
            (["--profile", "audit"], 0), (["--profile", "audit", "--region", "us-east-1"], 0), ([], 77),
            (["--profile", "default"], 77), (["--profile", "audit", "--region", "eu-west-1"], 77),
            (["--profile", "nosuch"], 77),
        ]
        for (arguments, status) in asked {
            let answer = try broker.ask(["session"] + arguments, uid: Self.nobody)
            #expect(answer.status == status, "\(arguments): \(answer)")
        }
        #expect(try broker.ask(["session", "--profile", "audit"], uid: Self.stranger).status == 77)
    }

    @Test func `a profile that is not granted and one that does not exist are told alike`() throws {
        let broker = try broker(grants: grant("users: [\(Self.stranger)]"))
        let (granted, unknown) = (
            try broker.ask(["session", "--profile", "default"], uid: Self.nobody),
            try broker.ask(["session", "--profile", "nothere"], uid: Self.nobody)
        )
        #expect(granted.status == 77)
        #expect(granted.err.replacing("default", with: "nothere") == unknown.err)
    }

    @Test func `an empty list of grants denies everybody, root too`() throws {
        let broker = try broker(grants: "grants: []")
        #expect(try broker.ask(["session"]).status == 77)
        #expect(try broker.ask(["session"], uid: Self.nobody).status == 77)
        #expect(try broker.ask(["whoami", "--output", "json"]).json["may"] == .array([]))
        #expect(try broker.ask(["status", "--output", "json"]).json["profiles"] == .array([]))
    }

    @Test func `a configuration without grants denies everybody`() throws {
        let broker = try broker(grants: "")
        #expect(try broker.ask(["session"]).status == 77)
    }

    @Test func `the broker sees of its caller what the kernel says`() throws {
        let broker = try broker(grants: grant("users: [\(Self.stranger)]", ", regions: [\"*\"]"))
        let seen = try broker.ask(["whoami", "--output", "json"], uid: Self.stranger, gid: 52_000)
        #expect(seen.json["uid"]?.integer == Int64(Self.stranger), "\(seen)")
        #expect(seen.json["gid"]?.integer == 52_000)
        #expect(seen.json["user"] == nil)
        let right = seen.json["may"]?.array?.first
        #expect(right?["action"] == "macie2:GetMacieSession")
        #expect(right?["profiles"] == ["default"])
        #expect(right?["regions"] == ["*"])
        #expect(right?["grant"] == "the tests")
    }

    @Test func `an identity claimed in the request is refused, whoever it is`() throws {
        let broker = try broker(grants: grant("users: [\(Self.stranger)]"))
        let connection = try RawConnection(broker.socketPath)
        let forged = try connection.ask(
            #"{"jsonrpc":"2.0","id":1,"method":"macie2.GetMacieSession","uid":\#(Self.stranger),"pid":1}"#)
        #expect(forged["error"]?["data"]?["type"] == "InvalidRequest")
        let inParameters = try connection.ask(
            #"{"jsonrpc":"2.0","id":2,"method":"macie2.GetMacieSession","params":{"uid":\#(Self.stranger)}}"#)
        #expect(inParameters["error"]?["data"]?["type"] == "InvalidParams")
        let honest = try connection.ask(#"{"jsonrpc":"2.0","id":3,"method":"macie2.GetMacieSession"}"#)
        #expect(honest["error"]?["data"]?["type"] == "PermissionDenied")
        #expect(try simulator.calls() == (0, 0))
    }
}
