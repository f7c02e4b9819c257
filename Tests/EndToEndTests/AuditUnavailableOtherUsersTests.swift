import Foundation
import JSONText
import Testing

/// What cannot be recorded is not answered; and it mends itself. On disks that are really full, read-only or gone: mounting
/// them takes root's rights.
@Suite struct AuditUnavailableOtherUsersTests {
    private let workplace: Workplace
    private let simulator: Simulator

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
    }

    private func start(on disk: SmallDisk, file: String = "audit.jsonl", _ more: String = "") throws -> BrokerProcess {
        try BrokerProcess.start(
            configuration: simulator.configuration(
                in: workplace, "audit: {file: \(disk.path)/\(file), rotateBytes: 0\(more)}"),
            in: workplace, entering: disk.entering)
    }

    private func audit(on disk: SmallDisk) -> AuditFiles { AuditFiles(disk.outside("audit.jsonl")) }

    /// Asks until there is no place for another record; the ids of what was answered before.
    private func useUp(_ connection: RawConnection, from first: Int = 1_000) throws -> [Int] {
        for id in first..<first + 200 {
            let reply = try connection.ask(RequestLine.whoAmI(id))
            if reply.errorType == "AuditUnavailable" { return Array(first..<id) }
            guard reply["result"] != nil else { throw HarnessFailure(reply.text) }
        }
        throw HarnessFailure("a full disk takes records")
    }

    private func expectRefusals(_ broker: BrokerProcess, because reason: String) throws {
        let connection = try RawConnection(broker.socketPath)
        for line in [
            RequestLine.session(1), RequestLine.freshSession(2), RequestLine.whoAmI(3), RequestLine.status,
            RequestLine.discover(4),
        ] {
            let reply = try connection.ask(line)
            #expect(reply.errorType == "AuditUnavailable", "\(reply.text)")
            #expect(reply["error"]?["data"]?["retryAfterSeconds"] != nil)
        }
        let refused = try broker.ask(["session"])
        #expect(refused.status == 75 && refused.err.contains("admin.Status says why"), "\(refused)")
        #expect(broker.isRunning)
        var told: String?
        _ = try Waiting.until(seconds: 10) {
            told = try broker.adminStatus()["audit"]?["reason"]?.string
            return told?.contains(reason) == true
        }
        #expect(told?.contains(reason) == true, "\(told ?? "no reason")")
        #expect(try broker.adminStatus()["audit"]?["available"] == false)
        expectLog(of: broker, "records cannot be written, so requests are refused")
    }

    /// The broker looks after its record about twice a second.
    private func expectLog(
        of broker: BrokerProcess, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let isTold = Waiting.until(seconds: 10) { broker.standardError().contains(text) }
        #expect(isTold, "\(broker.standardError())", sourceLocation: sourceLocation)
    }

    private func expectAnswers(_ broker: BrokerProcess, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let connection = try RawConnection(broker.socketPath)
        let isBack = try Waiting.until(seconds: 10) { try connection.ask(RequestLine.whoAmI(9_000))["result"] != nil }
        #expect(isBack, sourceLocation: sourceLocation)
        #expect(try broker.ask(["session"]).status == 0, sourceLocation: sourceLocation)
        expectLog(of: broker, "records are written again", sourceLocation: sourceLocation)
        // On a disk with little room a record may have fitted before, and the next one not.
        let isAvailable = try Waiting.until(seconds: 10) { try broker.adminStatus()["audit"]?["available"] == true }
        #expect(isAvailable, sourceLocation: sourceLocation)
    }

    @Test func `on a full disk requests are refused, and when there is room again they are answered`() throws {
        let disk = try SmallDisk(bytes: 65_536, in: workplace)
        let broker = try start(on: disk)
        let connection = try RawConnection(broker.socketPath)
        #expect(try connection.ask(RequestLine.session(1))["result"] != nil)
        let calls = try simulator.calls().calls
        try disk.fill()
        let answered = try useUp(connection)
        try expectRefusals(broker, because: "No space left")
        #expect(try simulator.calls().calls == calls, "nothing was done")
        try disk.makeRoom()
        try expectAnswers(broker)

        let ids = try audit(on: disk).records(of: "request").compactMap { $0["id"]?.integer }
        #expect(answered.allSatisfy { id in ids.filter { $0 == id }.count == 1 })
        #expect(!ids.contains(Int64(answered.count + 1_000)), "what was refused has no record")
        let recovered = try audit(on: disk).records(of: "recovered")
        #expect(recovered.last?["reason"]?.string?.contains("No space left") == true)
        #expect(try audit(on: disk).records(of: "auditUnavailable").last?["refused"]?.integer ?? 0 >= 6)
        #expect(try audit(on: disk).verify()["first"] == 1)
    }

    @Test func `an answer of AWS that comes when there is no place for its record is not told`() throws {
        let disk = try SmallDisk(bytes: 65_536, in: workplace)
        let broker = try start(on: disk)
        try simulator.behave(#"{"kind":"slow","milliseconds":3000}"#)
        let waiting = try RawConnection(broker.socketPath)
        try waiting.send(RequestLine.freshSession(1) + "\n")
        #expect(try Waiting.until(seconds: 20) { try simulator.calls().calls == 1 })
        try disk.fill()
        _ = try useUp(RawConnection(broker.socketPath))
        let reply = waiting.readReply()
        #expect(reply.errorType == "AuditUnavailable" && reply["id"] == 1, "\(reply.text)")
        try disk.makeRoom()
        try expectAnswers(broker)
        #expect(try audit(on: disk).records(of: "request").first { $0["id"] == 1 } == nil)
    }

    @Test func `a record that becomes read-only is waited for`() throws {
        let disk = try SmallDisk(bytes: 1_000_000, in: workplace)
        // The same disk, where it stays writable.
        let other = try workplace.makeFolder("other")
        try disk.run("mount --bind . \(other)")
        let broker = try start(on: disk)
        #expect(try broker.ask(["session"]).status == 0)
        // The broker has to have closed it, for the kernel makes no disk read-only that is open for writing.
        try disk.run("cp -p audit.jsonl saved; ln -s nowhere link; mv -T link audit.jsonl")
        _ = try useUp(RawConnection(broker.socketPath))
        try expectRefusals(broker, because: "symbolic link")
        try disk.run("mount -o remount,bind,ro \(disk.path); mv -T \(other)/saved \(other)/audit.jsonl")
        try expectRefusals(broker, because: "Read-only file system")
        try disk.run("mount -o remount,bind,rw \(disk.path)")
        try expectAnswers(broker)
        #expect(try audit(on: disk).verify()["first"] == 1)
    }

    @Test func `a file that is removed is made anew, and the chain goes on`() throws {
        let disk = try SmallDisk(bytes: 1_000_000, in: workplace)
        let broker = try start(on: disk)
        #expect(try broker.ask(["session"]).status == 0)
        try disk.run("cp -p audit.jsonl saved; rm audit.jsonl")
        let connection = try RawConnection(broker.socketPath)
        for id in 1...50 {
            let reply = try connection.ask(RequestLine.whoAmI(id))
            #expect(reply["result"] != nil || reply.errorType == "AuditUnavailable")
            // Whatever was answered since is in a file that has a name.
            guard reply["result"] != nil else { continue }
            #expect(try audit(on: disk).records(of: "request").last?["id"] == JSONValue(id))
        }
        try expectAnswers(broker)
        let chain = try audit(on: disk).verify([disk.outside("saved"), disk.outside("audit.jsonl")])
        #expect(chain["first"] == 1)
        #expect(try audit(on: disk).records().first?["event"] != "start")
    }

    @Test func `a folder that is removed is waited for`() throws {
        let disk = try SmallDisk(bytes: 1_000_000, in: workplace)
        try disk.run("mkdir log")
        let broker = try start(on: disk, file: "log/audit.jsonl")
        #expect(try broker.ask(["session"]).status == 0)
        try disk.run("cp -p log/audit.jsonl saved; rm -r log")
        _ = try useUp(RawConnection(broker.socketPath))
        try expectRefusals(broker, because: "No such file or directory")
        try disk.run("mkdir log")
        try expectAnswers(broker)
        let chain = try audit(on: disk).verify([disk.outside("saved"), disk.outside("log/audit.jsonl")])
        #expect(chain["first"] == 1)
    }

    @Test func `where that is configured requests are answered all the same, and the log says so loudly`() throws {
        let disk = try SmallDisk(bytes: 65_536, in: workplace)
        let broker = try start(on: disk, ", whenUnavailable: allow")
        let connection = try RawConnection(broker.socketPath)
        #expect(try connection.ask(RequestLine.session(1))["result"] != nil)
        try disk.fill()
        for id in 2...100 { #expect(try connection.ask(RequestLine.whoAmI(id))["result"] != nil) }
        #expect(try connection.ask(RequestLine.freshSession(101))["result"] != nil)
        #expect(try broker.adminStatus()["audit"]?["reason"]?.string?.contains("No space left") == true)
        expectLog(of: broker, "WITHOUT A RECORD")
        #expect(broker.standardError().contains("critical"))
        try disk.makeRoom()
        try expectAnswers(broker)
        // More than once, where a record fitted in between.
        let withdrawn = try audit(on: disk).records(of: "recovered").map { $0["withdrawn"]?.integer ?? 0 }
        #expect(withdrawn.reduce(0, +) >= 50, "how many have no record is told: \(withdrawn)")
        #expect(try audit(on: disk).verify()["first"] == 1)
    }

    @Test func `it recovers under load too`() throws {
        let disk = try SmallDisk(bytes: 16_000_000, in: workplace)
        let broker = try start(on: disk, ", whenUnavailable: allow")
        try disk.fill()
        let load = try AuditLoad(broker, named: "load", after: 1_000, seconds: 60, in: workplace)
        expectLog(of: broker, "WITHOUT A RECORD")
        try disk.makeRoom()
        expectLog(of: broker, "records are written again")
        broker.signal(SIGTERM)
        #expect(broker.waitForExit(seconds: 20) == 0)
        #expect(try load.finish()["ok"] ?? 0 > 500)
        #expect(try audit(on: disk).verify()["events"]?["recovered"]?.integer ?? 0 >= 1)
    }

    @Test func `a broker that starts on a full disk refuses until there is room`() throws {
        let disk = try SmallDisk(bytes: 65_536, in: workplace)
        try disk.fill()
        let broker = try start(on: disk)
        try expectRefusals(broker, because: "No space left")
        try disk.makeRoom()
        try expectAnswers(broker)
        #expect(try audit(on: disk).verify()["first"] == 1)
    }

    @Test func `a reload that names no file, or lets requests through, counts as far as it can`() throws {
        let disk = try SmallDisk(bytes: 65_536, in: workplace)
        let broker = try start(on: disk)
        try disk.fill()
        let connection = try RawConnection(broker.socketPath)
        _ = try useUp(connection)
        try broker.replaceConfiguration(simulator.configuration(in: workplace, "audit: {enabled: false}"))
        let reloaded = try broker.admin(["reload", "--output", "json"])
        #expect(reloaded.json["needsRestart"] == ["audit.enabled", "audit.file", "audit.rotateBytes"], "\(reloaded)")
        #expect(try connection.ask(RequestLine.whoAmI(1)).errorType == "AuditUnavailable", "the file is still the one")
        try broker.replaceConfiguration(
            simulator.configuration(
                in: workplace,
                "audit: {file: \(disk.path)/audit.jsonl, rotateBytes: 0, whenUnavailable: allow}"))
        #expect(try broker.admin(["reload", "--output", "json"]).json["needsRestart"] == [])
        #expect(try connection.ask(RequestLine.whoAmI(2))["result"] != nil)
    }
}
