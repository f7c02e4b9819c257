import Foundation
import JSONText
import TestSupport
import Testing

/// Rules that are for certain units and programs, and brokers that may not look. Needs to be root, and control groups.
@Suite struct NarrowingOtherUsersTests {
    private let workplace: Workplace
    private let simulator: Simulator

    private static let user: UInt32 = 41_000

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
    }

    private func configuration(_ grants: [String], uid: UInt32? = nil) throws -> String {
        let list = grants.map { "  - {users: [\(Self.user)], actions: [\"macie2:*\"], \($0)}\n" }
        return try simulator.configuration(in: workplace, grants: "grants:\n\(list.joined())", uid: uid)
    }

    /// A client in the control group, which takes it in before it connects.
    private func client(
        of broker: BrokerProcess, in group: RealControlGroup, program: String = Puppet.python
    ) throws -> Puppet {
        let puppet = try Puppet(in: workplace, program: program, as: .init(uid: Self.user, gid: Self.user))
        try group.take(puppet.pid)
        try puppet.connect(to: broker)
        return puppet
    }

    /// A name that no other test's folder has.
    private func slice(_ name: String) -> String { "\(name)\(getpid())x\(UInt32.random(in: 0 ... .max)).slice" }

    @Test func `a grant for a unit covers the processes in it, and no others of the same user`() throws {
        let broker = try BrokerProcess.start(
            configuration: configuration(["name: deployments, units: [deploy.service]"]), in: workplace)
        let places: [(path: String, unit: String?)] = [
            ("\(slice("a"))/deploy.service", "deploy.service"),
            ("\(slice("b"))/deploy.service/worker", "deploy.service"),
            ("\(slice("c"))/other.service", "other.service"), (slice("d"), nil),
            ("\(slice("e"))/user@41000.service/app.slice/deploy.service", "user@41000.service"),
        ]
        for (path, unit) in places {
            let group = try RealControlGroup(path)
            let puppet = try client(of: broker, in: group)
            let reply = try puppet.ask(RequestLine.session(1))
            let isCovered = unit == "deploy.service"
            #expect((reply["result"] != nil) == isCovered, "\(path): \(reply)")
            #expect((reply.errorType == "PermissionDenied") == !isCovered, "\(path): \(reply)")
            #expect(try puppet.ask(RequestLine.whoAmI(2))["result"]?["unit"] == unit.map { .string($0) })
            let record = broker.records().last { $0["action"] == "macie2:GetMacieSession" }
            #expect(record?["unit"] == unit.map { .string($0) })
            #expect(record?["lacks"] == (isCovered ? nil : ["unit"]))
            try puppet.end()
        }
    }

    /// As root without the capability, and as a user that never had it.
    @Test(arguments: [nil, 12_345] as [UInt32?])
    func `a broker that may not look at others' programs covers no program, says why, and knows units all the same`(
        uid: UInt32?
    ) throws {
        let program = try workplace.copyProgram(Puppet.python, as: "program")
        let configuration = try configuration(
            [
                "name: by program, executables: [\(program)]",
                "name: by unit, regions: [eu-west-1], units: [a.service]",
                "name: all, regions: [eu-west-2]",
            ], uid: uid)
        let broker = try BrokerProcess.start(
            configuration: configuration + "socketMode: \"0666\"", in: workplace, uid: uid,
            lacking: uid == nil ? ["sys_ptrace"] : [])
        let group = try RealControlGroup("\(slice("p"))/a.service")
        let puppet = try client(of: broker, in: group, program: program)
        let refusal = try puppet.ask(RequestLine.session(1))
        #expect(refusal.errorType == "PermissionDenied", "\(refusal)")
        let record = try #require(broker.records().last)
        #expect(record["lacks"] == ["executable"])
        #expect(record["executable"] == nil)
        #expect(
            record["executableDoubt"]?.string
                == "/proc/\(puppet.pid)/exe: Permission denied (CAP_SYS_PTRACE is needed for the processes of others)")
        #expect(record["unit"] == "a.service")
        let rules = try ["eu-west-1", "eu-west-2"].map {
            try puppet.ask(RequestLine.explain(2, region: $0))["result"]?["rule"]
        }
        #expect(rules == ["by unit", "all"])
        // A broker that may look is content with the same.
        let seeing = try BrokerProcess.start(
            configuration: self.configuration(["name: by program, executables: [\(program)]"]), in: workplace)
        try puppet.connect(to: seeing)
        #expect(try puppet.ask(RequestLine.session(3))["result"] != nil)
        try puppet.end()
    }

    @Test func `a grant ends at its instant, also on connections that are open`() throws {
        let end = Date(timeIntervalSinceNow: 1)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let text = end.formatted(style)
        let broker = try BrokerProcess.start(
            configuration: configuration(["name: for a moment, notAfter: \"\(text)\""]), in: workplace)
        let puppet = try Puppet(of: broker, in: workplace, as: .init(uid: Self.user, gid: Self.user))
        var answers = 0
        let ended = try Waiting.until(seconds: 10) {
            let reply = try puppet.ask(RequestLine.session(1))
            if reply["result"] != nil { answers += 1 }
            return reply.errorType == "PermissionDenied"
        }
        #expect(ended)
        #expect(answers > 0)
        let records = broker.records().filter { $0["action"] == "macie2:GetMacieSession" }
        for record in records {
            let told = try #require(record["time"]?.string)
            let time = told.contains(".") ? told : told.replacing("Z", with: ".000Z")
            // Of the millisecond in which it ends, some is before and some after.
            try #require(record["decision"] == "allow" ? time <= text : time >= text, "\(record)")
        }
        #expect(records.last?["lacks"] == ["time"])
    }
}
