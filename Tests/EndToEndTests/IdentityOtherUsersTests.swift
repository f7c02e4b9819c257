import JSONText
import Testing

/// Whom the broker takes its callers for: groups, programs and connections that go through several hands.
@Suite struct IdentityOtherUsersTests {
    private let workplace: Workplace
    private let simulator: Simulator

    private static let user: UInt32 = 41_000
    private static let other: UInt32 = 41_001

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
    }

    private func broker(grants: String) throws -> BrokerProcess {
        try BrokerProcess.start(
            configuration: simulator.configuration(in: workplace, grants: "grants:\n\(grants)"), in: workplace)
    }

    private func grant(_ name: String, _ who: String) -> String {
        "  - {name: \(name), \(who), actions: [\"macie2:GetMacieSession\"]}\n"
    }

    @Test func `a grant to a group covers its members by a supplementary group, and nobody else`() throws {
        let broker = try broker(grants: grant("staff", "groups: [52000]"))
        let member = try Puppet(
            of: broker, in: workplace, as: .init(uid: Self.user, gid: 52_001, groups: [52_000, 52_007]))
        #expect(try member.ask(RequestLine.session(1))["result"]?["session"]?["status"] == "ENABLED")
        let seen = try member.ask(RequestLine.whoAmI(2))["result"]
        #expect(seen?["gid"] == 52_001)
        #expect(seen?["groups"] == [["gid": 52_000], ["gid": 52_007]])
        #expect(seen?["may"]?.array?.first?["grant"] == "staff")
        let stranger = try Puppet(
            of: broker, in: workplace, as: .init(uid: Self.other, gid: 52_001, groups: [52_007, 52_008]))
        #expect(try stranger.ask(RequestLine.session(1)).errorType == "PermissionDenied")
        // A user whose uid is the group's number is not in the group.
        #expect(try broker.ask(["session"], uid: 52_000, gid: 52_001).status == 77)
    }

    @Test func `groups are those at connect, for as long as the connection lives`() throws {
        let broker = try broker(grants: grant("staff", "groups: [52000]"))
        let member = try Puppet(of: broker, in: workplace, as: .init(uid: 0, gid: 0, groups: [52_000]))
        try member.leaveGroups()
        #expect(try member.ask(RequestLine.session(1))["result"] != nil)
        try member.connect(to: broker)
        #expect(try member.ask(RequestLine.session(1)).errorType == "PermissionDenied")
    }

    @Test func `a process that executes another program is judged by that one from then on`() throws {
        let granted = try workplace.copyProgram(Puppet.python, as: "granted")
        let plain = try workplace.copyProgram(Puppet.python, as: "plain")
        let broker = try broker(grants: grant("one program", "users: [\(Self.user)], executables: [\(granted)]"))
        let puppet = try Puppet(
            of: broker, in: workplace, program: granted, as: .init(uid: Self.user, gid: Self.user))
        for _ in 0..<2 {
            #expect(try puppet.ask(RequestLine.session(1))["result"] != nil)
            #expect(try puppet.ask(RequestLine.whoAmI(2))["result"]?["executable"] == .string(granted))
            try puppet.become(plain)
            let refusal = try puppet.ask(RequestLine.session(3))
            #expect(refusal.errorType == "PermissionDenied", "\(refusal)")
            #expect(refusal["error"]?["message"]?.string?.contains("is for certain programs") == true, "\(refusal)")
            #expect(try puppet.ask(RequestLine.whoAmI(4))["result"]?["executable"] == .string(plain))
            try puppet.become(granted)
        }
        let records = broker.records().filter { $0["action"] == "macie2:GetMacieSession" }
        let told = records.map { [$0["executable"], $0["decision"]] }
        let expected: [[JSONValue?]] = [[.string(granted), "allow"], [.string(plain), "deny"]]
        #expect(told == expected + expected)
        #expect(records.last?["lacks"] == ["executable"])
    }

    @Test
    func `a connection that is handed to a child of another user stays its opener's, but is no program's any more`()
        throws
    {
        let program = try workplace.copyProgram(Puppet.python, as: "launcher")
        let broker = try broker(
            grants: grant("launcher", "users: [\"0\"], executables: [\(program)], regions: [eu-west-1]")
                + grant("opener", "users: [\"0\"], regions: [us-east-1]")
                + grant("child", "users: [\(Self.user)], groups: [52000], regions: [eu-west-2]"))
        let puppet = try Puppet(
            of: broker, in: workplace, program: program, as: .init(uid: 0, gid: 0, groups: [52_001]))
        func asked() throws -> [JSONValue?] {
            try ["us-east-1", "eu-west-1", "eu-west-2"].map {
                try puppet.ask(RequestLine.explain(1, region: $0))["result"]?["rule"]
            }
        }
        #expect(try asked() == ["opener", "launcher", nil])
        try puppet.handOn(to: Self.user, gid: 52_000)
        #expect(try asked() == ["opener", nil, nil])
        #expect(try puppet.ask(RequestLine.session(2))["result"]?["session"]?["status"] == "ENABLED")
        let seen = try puppet.ask(RequestLine.whoAmI(3))["result"]
        #expect([seen?["uid"], seen?["gid"], seen?["groups"]] == [0, 0, [["gid": 52_001]]])
        #expect(seen?["pid"] == JSONValue(puppet.pid))
        #expect(seen?["executable"] == nil)
        let refused = try puppet.ask(RequestLine.session(4, region: "eu-west-1"))
        #expect(refused.errorType == "PermissionDenied")
        let record = try #require(broker.records().last)
        #expect([record["uid"], record["pid"], record["lacks"]] == [0, JSONValue(puppet.pid), ["executable"]])
        #expect(record["processUnknown"] == "it has ended")
    }

    @Test func `a client that is given a connected descriptor and nothing else gets what its opener may`() throws {
        let broker = try broker(grants: grant("opener", "users: [\"0\"]"))
        let connection = try RawConnection(broker.socketPath)
        func run(_ command: String) throws -> Outcome {
            try Client.run(
                [command, "--output", "json"], socket: nil, uid: Self.user, environment: ["MACIE_BROKER_FD": "9"],
                descriptors: [9: connection.descriptor])
        }
        let answer = try run("session")
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json["session"]?["status"] == "ENABLED")
        #expect(try run("whoami").json["uid"] == 0)
        #expect(try broker.ask(["session"], uid: Self.user).status == 77)
    }

    @Test(arguments: [
        ("uid", "0"), ("uid", "41000"), ("pid", "1"), ("user", #""root""#), ("gid", "0"), ("groups", "[0]"),
        ("executable", #""/usr/bin/granted""#), ("unit", #""granted.service""#), ("identity", "{}"),
    ])
    func `what a client says it is is refused as unknown, wherever and about whatever it says it`(
        name: String, value: String
    ) throws {
        let broker = try broker(
            grants: grant("root", "users: [root], groups: [root]") + grant("user", "users: [\(Self.user)]"))
        let puppet = try Puppet(of: broker, in: workplace, as: .init(uid: Self.other, gid: Self.other))
        for method in ["macie2.GetMacieSession", "broker.WhoAmI", "broker.Explain", "broker.Status"] {
            let rest = #""jsonrpc":"2.0","id":1,"method":"\#(method)""#
            let beside = try puppet.ask("{\(rest),\"\(name)\":\(value)}")
            #expect(beside.errorType == "InvalidRequest", "\(method): \(beside)")
            let action = method == "broker.Explain" ? #""action":"macie2:GetMacieSession","# : ""
            let inParameters = try puppet.ask("{\(rest),\"params\":{\(action)\"\(name)\":\(value)}}")
            #expect(inParameters.errorType == "InvalidParams", "\(method): \(inParameters)")
            #expect(inParameters["error"]?["message"]?.string?.contains(name) == true, "\(inParameters)")
        }
        #expect(try puppet.ask(RequestLine.whoAmI(2))["result"]?["uid"] == JSONValue(Self.other))
        #expect(try puppet.ask(RequestLine.session(3)).errorType == "PermissionDenied")
        #expect(try simulator.calls() == (0, 0))
    }
}
