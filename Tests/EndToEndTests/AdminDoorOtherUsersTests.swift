import Foundation
import JSONText
import Testing

/// Who may come in by the administrator's door: the socket's mode keeps most out, and the broker the rest.
@Suite struct AdminDoorOtherUsersTests {
    private static let owner: UInt32 = 12_345
    private static let other: UInt32 = 12_346
    private static let group: UInt32 = 52_000

    private func mode(of path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func `by itself it is open to its owner alone`() throws {
        let fixture = try ServerFixture()
        #expect(try mode(of: fixture.broker.socketPath) == 0o666)
        #expect(try mode(of: fixture.broker.adminPath) == 0o600)
        let keptOut = try fixture.broker.admin(["status"], uid: Self.other)
        #expect(keptOut.status == 69 && keptOut.err.contains("permission denied"), "\(keptOut)")
        #expect(try fixture.broker.ask(["session"], uid: Self.other).status == 0)
    }

    @Test func `a broker of a user's own is that user's and root's`() throws {
        let workplace = try Workplace()
        let simulator = try Simulator(in: workplace)
        let broker = try BrokerProcess.start(
            configuration: simulator.configuration(in: workplace, uid: Self.owner), in: workplace, uid: Self.owner)
        #expect(try mode(of: broker.adminPath) == 0o600)
        #expect(try broker.admin(["status"], uid: Self.owner).status == 0)
        #expect(try broker.admin(["status"]).status == 0)
        #expect(try broker.admin(["status"], uid: Self.other).status == 69)
    }

    @Test func `members of its group come in, by whichever of their groups that is`() throws {
        let fixture = try ServerFixture("admin: {mode: \"0660\", group: \(Self.group)}")
        #expect(try mode(of: fixture.broker.adminPath) == 0o660)
        #expect(try fixture.broker.admin(["status"], uid: Self.other, gid: Self.group).status == 0)
        let supplementary = try ChildProcess.run(
            Programs.stage().client, ["admin", "status", "--socket", fixture.broker.adminPath],
            user: .init(uid: Self.other, gid: Self.other, groups: [60_000, Self.group]))
        #expect(supplementary.status == 0, "\(supplementary)")
        #expect(try fixture.broker.admin(["status"], uid: Self.other, gid: Self.group + 1).status == 69)
    }

    @Test func `who comes through the socket's mode and is no administrator is told so, once, and hung up on`() throws {
        let fixture = try ServerFixture("admin: {mode: \"0666\", group: \(Self.group)}")
        let keptOut = try fixture.broker.admin(["lock"], uid: Self.other, gid: Self.other, input: "sesame\n")
        #expect(keptOut.status == 77, "\(keptOut)")
        #expect(keptOut.err.contains("this socket is for root"))
        let script = try Python.stage("knock.py", from: "Audit", in: fixture.workplace)
        let knocked = try ChildProcess.run(
            Python.forOthers, [script, fixture.broker.adminPath] + AdminLine.all, environment: Python.environment,
            user: .init(uid: Self.other, gid: Self.other))
        let lines = knocked.out.split(separator: "\n").map { (try? JSONValue(parsing: Array($0.utf8))) ?? .null }
        #expect(lines.count == 1, "\(knocked)")
        #expect(lines.first?.errorType == "PermissionDenied" && lines.first?["id"] == .null)
        let status = try fixture.broker.adminStatus()
        #expect(status["locked"] == false)
        #expect(status["connections"]?["refused"] == 2)
        #expect(try fixture.broker.admin(["status"], uid: Self.other, gid: Self.group).status == 0)
    }

    @Test func `another user gives no keys, sees none and drops none`() throws {
        let fixture = try ServerFixture("admin: {mode: \"0666\", group: \(Self.group)}")
        let keys = "AWS_ACCESS_KEY_ID=AKIAOTHER\nAWS_SECRET_ACCESS_KEY=canary\n"
        for words in [["list"], ["add", "default"], ["remove", "default"], ["drop-all"]] {
            let keptOut = try fixture.broker.admin(
                ["credentials"] + words, uid: Self.other, gid: Self.other, input: keys)
            #expect(keptOut.status == 77 && keptOut.out.isEmpty, "\(keptOut)")
        }
        #expect(try fixture.broker.ask(["session"]).status == 0, "the keys from before")
        let entries = try fixture.broker.admin(["credentials", "list", "--output", "json"]).json["credentials"]
        #expect(entries?.array?.map { $0["source"] } == ["shared-files"])
        #expect(entries?.array?.first?["state"] == "ready")
        let member = try fixture.broker.admin(
            ["credentials", "add", "default"], uid: Self.other, gid: Self.group, input: keys)
        #expect(member.status == 0 && member.out.contains("…THER"), "\(member)")
    }

    /// The one test of a flood of root's own: its shares at the two doors are two.
    @Test func `a flood of the administrator's own user at the public socket does not keep the door shut`() throws {
        let fixture = try ServerFixture()
        let flood = try UserFlood(of: fixture, uid: 0, connections: 200)
        let admin = try fixture.broker.connectAdmin()
        for _ in 1...100 { #expect(try admin.ask(AdminLine.call("Status"), within: 5)["result"] != nil) }
        _ = try flood.stop()
    }
}
